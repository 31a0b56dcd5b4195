(function () {
  'use strict'
  var live = document.querySelector('[data-events]')
  var off = document.getElementById('off')

  var known = {}

  function lack(name) {
    var one = document.querySelector('[data-lack="' + CSS.escape(name) + '"]')
    return 'lack:' + name in known ? known['lack:' + name] : one ? Number(one.textContent) : 0
  }

  function show(name, count) {
    document.querySelectorAll('[data-live="' + CSS.escape(name) + '"]').forEach(function (one) { one.textContent = count })
    document.querySelectorAll('[data-bar="' + CSS.escape(name) + '"]').forEach(function (one) {
      var of = Number(one.dataset.of)
      var there = lack(name) ? of - lack(name) : count
      var share = of ? 100 * there / of : 0
      one.setAttribute('width', Math.min(125, share))
      one.classList.toggle('over', share > 100)
    })
    document.querySelectorAll('[data-share="' + CSS.escape(name) + '"]').forEach(function (one) {
      var of = Number(one.dataset.of)
      var there = lack(name) ? of - lack(name) : count
      if (of) one.textContent = Math.floor(100 * there / of + 1e-9) + '%'
    })
    document.querySelectorAll('[data-rate="' + CSS.escape(name) + '"]').forEach(function (one) {
      var of = Number(one.dataset.of)
      if (of) one.textContent = Math.floor(100 * count / of + 1e-9) + '%'
    })
    if (name.indexOf('lack:') === 0) {
      document.querySelectorAll('[data-lack="' + CSS.escape(name.slice(5)) + '"]').forEach(function (one) {
        one.textContent = count
      })
    }
  }

  if (live && window.EventSource) {
    var since = live.dataset.known
    var source
    var connect = function () {
      source = new EventSource('/console/events?since=' + since)
      source.onmessage = function (event) {
        if (!event.data) return
        var told = JSON.parse(event.data)
        var figures = told.figures
        Object.keys(figures).forEach(function (name) { known[name] = figures[name] })
        Object.keys(figures).forEach(function (name) { show(name, figures[name]) })
        if ('all' in figures) since = figures.all
        live.textContent = told.at
      }
      source.onopen = function () { off.hidden = true }
      source.onerror = function () {
        if (source.readyState === 2) {
          off.hidden = false
          setTimeout(connect, 10000)
        }
      }
    }
    connect()
  }

  function again() {
    fetch(location.href).then(function (reply) { return reply.text() }).then(function (text) {
      var fresh = new DOMParser().parseFromString(text, 'text/html').getElementById('main')
      document.getElementById('main').innerHTML = fresh.innerHTML
      if (document.getElementById('again')) setTimeout(again, 2000)
    }, function () { setTimeout(again, 5000) })
  }
  if (document.getElementById('again')) setTimeout(again, 2000)

  var search = document.getElementById('search')
  if (search) {
    search.closest('.row').hidden = false
    search.addEventListener('input', function () {
      var wanted = search.value.trim()
      document.querySelectorAll('[data-row]').forEach(function (row) { row.hidden = row.dataset.row.indexOf(wanted) < 0 })
    })
  }

  var every = document.getElementById('every')
  if (every) {
    every.parentNode.hidden = false
    every.addEventListener('change', function () {
      document.querySelectorAll('input[name=row]').forEach(function (one) { one.checked = every.checked })
    })
  }

  var digits = Array.prototype.slice.call(document.querySelectorAll('[data-digits]'))
  digits.forEach(function (one, place) {
    one.addEventListener('input', function () {
      var typed = one.value.slice(-1)
      one.value = typed && one.dataset.digits.indexOf(typed) >= 0 ? typed : ''
      var next = digits[place + 1] || one.form.querySelector('button')
      if (one.value) next.focus()
      if (one.value && next.select) next.select()
    })
    one.addEventListener('focus', function () { one.select() })
    one.addEventListener('keydown', function (event) {
      if (event.key !== 'Backspace' || one.value || !place) return
      event.preventDefault()
      digits[place - 1].focus()
    })
  })

  var current = document.querySelector('.top nav [aria-current]')
  if (current) current.parentNode.scrollLeft = current.offsetLeft - current.parentNode.offsetLeft - current.parentNode.clientWidth / 3

  var printing = document.getElementById('print')
  if (printing) {
    printing.hidden = false
    printing.addEventListener('click', function () { window.print() })
  }

  // A sentence is recorded where it stands and sent like a file that was chosen: without network the browser can send it again

  var recorder
  if (window.MediaRecorder && navigator.mediaDevices) {
    document.querySelectorAll('[data-record]').forEach(function (button) { button.hidden = false })
  }
  function send(form, sound) {
    var chosen = new DataTransfer()
    chosen.items.add(new File([sound], 'recording'))
    form.elements.file.files = chosen.files
    form.submit()
  }
  document.addEventListener('click', function (event) {
    var button = event.target
    if (!button.dataset || !button.dataset.record) return
    if (recorder) return recorder.stop()
    navigator.mediaDevices.getUserMedia({ audio: true }).then(function (stream) {
      var parts = [], before = button.textContent
      var kind = MediaRecorder.isTypeSupported('audio/mp4') ? 'audio/mp4' : ''
      recorder = new MediaRecorder(stream, kind ? { mimeType: kind, audioBitsPerSecond: 24000 } : { audioBitsPerSecond: 24000 })
      recorder.ondataavailable = function (part) { parts.push(part.data) }
      recorder.onstop = function () {
        stream.getTracks().forEach(function (track) { track.stop() })
        button.textContent = before
        recorder = null
        send(button.form, new Blob(parts))
      }
      button.textContent = button.dataset.record
      recorder.start()
    }, function () { button.hidden = true })
  })

  var copy = document.getElementById('copy')
  if (copy) {
    copy.hidden = false
    copy.addEventListener('click', function () {
      var text = document.getElementById('reminder')
      text.select()
      if (navigator.clipboard) navigator.clipboard.writeText(text.value)
      else document.execCommand('copy')
      copy.textContent = '已复制'
    })
  }
})()
