/* Reads a question and its options aloud, as the county recorded them, else with the phone's own speech. It comes when
   the button is first touched, and brings all sounds of the paper at once: nobody learns what anyone listens to. */
(function () {
  if (window.readsAloud) return // the button was touched again before this came
  window.readsAloud = true
  var button = document.getElementById('listen'), audio = new Audio()
  var voices = button.value.split(' ').filter(Boolean), sounds, asked, queue = []

  function card() { return document.querySelector('.card.now') }
  function list(selector) { return Array.prototype.slice.call(card().querySelectorAll(selector)) }

  function stop() {
    queue = []
    audio.onended = null
    audio.pause()
    if (window.speechSynthesis) speechSynthesis.cancel()
  }

  // What the county recorded

  function fetchSounds(sum, then) {
    var request = new XMLHttpRequest()
    button.disabled = true
    request.open('GET', '/voice/' + sum)
    request.onloadend = function () {
      button.disabled = false
      try { sounds = JSON.parse(request.responseText) } catch (none) { return speak() }
      then()
    }
    request.send()
  }

  function play() {
    stop()
    queue = [card().id].concat(list('input').map(function (input) { return input.value }))
    playNext()
  }

  function playNext() {
    var sound = sounds[queue.shift()], bytes, at, playing
    if (!sound) return
    bytes = atob(sound[1])
    var array = new Uint8Array(bytes.length)
    for (at = 0; at < bytes.length; at++) array[at] = bytes.charCodeAt(at)
    if (audio.src) URL.revokeObjectURL(audio.src)
    audio.src = URL.createObjectURL(new Blob([array], { type: sound[0] }))
    audio.onended = playNext
    playing = audio.play()
    if (playing && playing.catch) playing.catch(function () {})
  }

  // The phone's own speech, only where it needs no one else for it

  function speak() {
    var language = document.documentElement.lang.slice(0, 2)
    var own = window.speechSynthesis && speechSynthesis.getVoices().filter(function (voice) {
      return voice.localService && voice.lang.slice(0, 2) === language
    })[0]
    if (!own) return
    stop()
    list('legend span:nth-child(2), legend b, .choice span').forEach(function (words) {
      var said = new SpeechSynthesisUtterance(words.textContent)
      said.voice = own
      said.lang = own.lang
      speechSynthesis.speak(said)
    })
  }

  // Several ways of speaking: asked once

  function choose() {
    if (asked) asked.parentNode.removeChild(asked)
    asked = card().insertBefore(document.createElement('p'), card().firstChild)
    voices.forEach(function (voice) {
      var choice = asked.appendChild(document.createElement('button'))
      choice.type = 'button'
      choice.className = 'second'
      choice.textContent = voice.split('=')[0]
      choice.onclick = function () {
        asked.parentNode.removeChild(asked)
        voices = [voice]
        listen()
      }
    })
  }

  function listen() {
    if (sounds) play()
    else if (!voices.length) speak()
    else if (voices.length > 1) choose()
    else fetchSounds(voices[0].split('=').pop(), play)
  }

  window.addEventListener('hashchange', stop)
  button.onclick = listen
  listen()
})()
