/* Upgrades the plain paper where it stands: one card at a time, answers kept on the phone until they are
   received, sent until they are. All words are the page's. What an old browser lacks leaves it the plain page. */
(function () {
  var root = document.documentElement, title = document.title, key = 'answers ' + location.pathname
  var PAUSES = [2, 4, 8, 15, 30], AN_HOUR = 36e5
  var form, cards, card, mine, asking, unsent, skipping, failures, timer, moving, touched, mending, warned, answered, course

  try {
    if (!root.classList || !('onloadend' in new XMLHttpRequest()) || !parse('<p>').body) return
  } catch (old) { return }

  function parse(text) { return new DOMParser().parseFromString(text, 'text/html') }
  function find(id) { return document.getElementById(id) }
  function list(some) { return [].slice.call(some) }
  function say(id, word, number) { return find(id).getAttribute('data-' + word).replace('#', number) }
  function load(name) { try { return JSON.parse(localStorage.getItem(name)) } catch (blocked) { return null } }
  function keep(name, value) {
    try {
      if (value) localStorage.setItem(name, JSON.stringify(value))
      else localStorage.removeItem(name)
    } catch (blocked) { return }
  }
  function mark() { return (/(?:^|; )mark=(\w+)/.exec(document.cookie) || [])[1] }
  function questions() { return list(form.getElementsByTagName('fieldset')) }
  function chosen(one) { return one.querySelector('input:checked') }
  function blanks() { return questions().filter(function (one) { return !chosen(one) }) }
  function begun() { return questions().some(chosen) }
  function isQuestion(one) { return one && one.tagName === 'FIELDSET' }
  function here() { return location.pathname + location.search }

  // Answers, as a form posts them

  function read() {
    return list(form.elements).filter(function (one) {
      return one.name && one.type !== 'submit' && (one.type !== 'radio' || one.checked)
    }).map(function (one) { return one.name + '=' + encodeURIComponent(one.value) }).join('&')
  }

  function write(answers) {
    var values = {}
    answers.split('&').forEach(function (pair) {
      values[pair.split('=')[0]] = decodeURIComponent(pair.split('=')[1] || '')
    })
    list(form.elements).forEach(function (one) {
      if (one.type === 'radio') one.checked = values[one.name] === one.value
      else if (one.name in values) one.value = values[one.name]
    })
    save()
  }

  function save() {
    var done = questions().length - blanks().length
    find('done').textContent = say('done', 'words', done)
    document.querySelector('progress').value = done
    find('clear').hidden = !begun()
    if (mine) keep(key, { mark: mine, group: say('paper', 'group'), at: +new Date(), answers: read(), unsent: unsent, course: course })
  }

  function clear() {
    write('remark=')
    keep(key, null)
    location.hash = ''
    follow()
  }

  // Cards: the address names the one that is shown, so that every way back leads to the one before

  function go(one) {
    moving = clearTimeout(moving)
    location.hash = one.id
    follow()
  }

  function goOn() {
    skipping = false
    if (card.id === 'finish') return send()
    if (isQuestion(card) && !chosen(card) && !warned) {
      warned = card.insertBefore(find('left'), card.querySelector('legend').nextSibling)
      warned.hidden = false
      settleFingers()
      return fit()
    }
    go(mending || !form.contains(card) && !blanks()[0] ? find('finish')
      : form.contains(card) ? cards[cards.indexOf(card) + 1] : blanks()[0])
  }

  function goBack() { go(cards[cards.indexOf(card) - 1]) }

  function follow() {
    if (!form || unsent) return
    var named = find(location.hash.slice(1))
    while (named && cards.indexOf(named) < 0) named = named.parentElement
    named = !asking && named || cards[0]
    if (named !== card) show(named)
  }

  function show(one) {
    var inside = form.contains(one), at = cards.indexOf(one), before = cards[at - 1], main = document.querySelector('main')
    moving = clearTimeout(moving)
    mending = isQuestion(one) && (mending || card && card.id === 'finish' && ++course[4])
    if (isQuestion(one)) course[3] = Math.max(course[3], at)
    cards.forEach(function (other) { other.classList[other === one ? 'add' : 'remove']('now') })
    main.className = inside || one.id === 'sending' ? 'cards inside' : 'cards'
    document.title = (isQuestion(one) ? one.querySelector('span').textContent + ' · ' : '') + title
    find('progress').hidden = !inside
    find('steps').hidden = asking || one.id === 'sending'
    find('back').hidden = !at
    find('listen').hidden = !canHear() || !isQuestion(one)
    find('next').className = at ? 'most' : ''
    find('next').textContent = say('steps', one.id === 'finish' ? 'send'
      : mending || cards[at + 1] === find('finish') ? 'review' : inside ? 'next' : begun() ? 'resume' : 'start')
    find('last').hidden = !isQuestion(one) || !isQuestion(before) || !chosen(before)
    if (!find('last').hidden) find('choice').textContent = chosen(before).nextSibling.textContent
    if (warned) warned.hidden = true
    if (one.id === 'finish') review()
    if (card) {
      settleFingers()
      one.focus()
      main.scrollTop = 0
    }
    card = one
    fit()
  }

  function canHear() {
    return find('listen').value || window.speechSynthesis && speechSynthesis.getVoices().some(function (voice) {
      return voice.localService && !voice.lang.indexOf(root.lang.slice(0, 2))
    })
  }

  // A second tap of a finger that meant one, on the button or a choice, does nothing to the card that comes

  function settleFingers() {
    document.body.className = 'still'
    setTimeout(function () { document.body.className = '' }, 450)
  }

  function fit() {
    var main = document.querySelector('main'), wide = window.innerWidth >= 600
    var room = window.innerHeight - main.offsetTop - find('steps').offsetHeight - 1 + 'px'
    main.style.height = wide ? '' : room
    main.style.maxHeight = wide ? room : ''
  }

  // A choice by finger or mouse leads on; one by the keyboard or a screen reader (which presses without force) waits

  function touch(event) { touched = !('pressure' in event) || event.pressure > 0 && event.width > 0 }

  function choose(event) {
    if (event.target.type !== 'radio') return
    course[1] = course[1] || minutes()
    if (touched && find('auto').checked && isQuestion(card)) {
      clearTimeout(moving)
      moving = setTimeout(goOn, root.classList.contains('elder') ? 800 : 250)
    }
    touched = false
  }

  function review() {
    var missing = blanks()
    find('review').hidden = false
    find('review').innerHTML = ''
    questions().forEach(function (one) {
      var line = find('review').appendChild(document.createElement('li'))
      var link = line.appendChild(document.createElement('a'))
      link.href = '#' + one.id
      link.textContent = one.querySelector('b').textContent + ' '
      link.appendChild(document.createElement('b')).textContent =
        chosen(one) ? chosen(one).nextSibling.textContent : say('review', 'blank')
    })
    find('blanks').hidden = !missing.length
    find('blanks').firstChild.textContent = say('blanks', 'words', missing.length)
    if (missing.length) find('first').href = '#' + missing[0].id
    form.elements.blank_ok.hidden = !missing.length || !begun()
  }

  // Sending: the same answers with the same number until the service has said what became of them

  function send(event) {
    if (event) event.preventDefault()
    course[2] = minutes()
    unsent = read() + (skipping ? '&blank_ok=1' : '') + '&seen=' + course.slice(0, 5).join('.')
    save()
    attempt()
  }

  // How it went, in whole minutes and counts: opened, to the first answer, in all, the last item seen, mended

  function minutes() { return Math.ceil((new Date() - course[5]) / 6e4) }

  function attempt() {
    var request = new XMLHttpRequest()
    timer = clearTimeout(timer)
    tell(say('sending', 'words'))
    request.open('POST', here())
    request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded')
    request.timeout = 30000
    request.onloadend = function () {
      var page = parse(request.responseText), ours = page.querySelector('main[data-page]')
      if (ours && request.status < 500 && request.status !== 429 && request.status !== 408) settle(page)
      else wait(page.querySelector('.said'))
    }
    request.send(unsent)
  }

  function wait(said) {
    var seconds = PAUSES[failures++] || 60
    tell((said ? said.textContent : '') + say('sending', navigator.onLine === false ? 'offline' : 'lost', seconds))
    find('again').hidden = false
    timer = setTimeout(attempt, seconds * 1000)
  }

  function tell(words) {
    show(find('sending'))
    find('again').hidden = true
    find('sending').firstElementChild.textContent = words
  }

  function settle(page) {
    unsent = ''
    save()
    title = document.title = page.title
    document.body.innerHTML = page.body.innerHTML
    begin()
  }

  // A page as it came from the service, and what this phone had kept of it

  function begin(kept) {
    var sent = kept && kept.sent
    if (sent && !mark()) document.body.innerHTML = sent
    var over = document.querySelector('[data-page=over],[data-page=received]')
    form = find('paper')
    cards = list(document.querySelectorAll('.card'))
    cards.forEach(function (one) { one.tabIndex = -1 })
    if (card) cards[0].focus()
    if (card || over) history.replaceState(null, '', here())
    if (over) leave(over)
    if (!form) return
    mine = mark() || form.elements.number.value
    course = [1, 0, 0, 0, 0, +new Date()]
    failures = 0
    find('sending').hidden = false
    prepare()
    if (kept && (kept.mark === mine || !mark() && say('paper', 'kind') === 'slip') && kept.group === say('paper', 'group')) take(kept)
    else save()
    if (unsent) attempt()
    else follow()
  }

  // A phone that keeps no cookies is known to the service by nothing: it keeps its receipt itself, until 下一位

  function leave(over) {
    var next = document.querySelector('form[method=post]')
    keep('answered', 1)
    keep(key, !mark() && over.getAttribute('data-page') === 'received' ? { sent: document.body.innerHTML } : null)
    if (next) next.onsubmit = function () { keep(key, null) }
  }

  function prepare() {
    var skip = form.elements.blank_ok || find('finish').appendChild(find('send').cloneNode())
    skip.id = skip.name = 'blank_ok'
    skip.className = 'second'
    skip.textContent = say('send', 'skip')
    form.onclick = function (event) {
      skipping = event.target === skip
      choose(event)
    }
    form[window.PointerEvent ? 'onpointerdown' : 'onmousedown'] = touch
    form.onkeydown = function () { touched = false }
    form.onchange = form.oninput = save
    form.onsubmit = send
    find('next').onclick = goOn
    find('listen').onclick = function () { document.body.appendChild(document.createElement('script')).src = '/listen.js' }
    find('back').onclick = find('change').onclick = goBack
    find('again').onclick = attempt
    find('clear').onclick = clear
    find('auto').checked = !load('manual')
    find('auto').onchange = function () { keep('manual', !find('auto').checked) }
    find('auto').parentNode.hidden = false
    root.classList.add('live')
    if (find('elder')) prepareLargeType()
  }

  function take(kept) {
    unsent = kept.unsent
    course = kept.course || course
    course[0]++
    asking = !unsent && (say('paper', 'kind') !== 'slip' || answered || !(new Date() - kept.at < AN_HOUR))
    if (!asking) return write(kept.answers)
    find('resume').hidden = false
    find('restart').action = location.pathname + '/next' + location.search
    find('restart').onsubmit = function () { keep(key, null) }
    find('mine').onclick = function () {
      asking = false
      find('resume').hidden = true
      write(kept.answers)
      goOn()
    }
  }

  function prepareLargeType() {
    find('elder').hidden = false
    find('elder').onclick = function () { enlarge(!root.classList.contains('elder')) }
    enlarge(root.classList.contains('elder'))
  }

  function enlarge(on) {
    root.classList[on ? 'add' : 'remove']('elder')
    keep('elder', on)
    find('elder').setAttribute('aria-pressed', on)
    if (card) fit()
  }

  // Another number means another person, who sees nothing of the one before

  function recheck() { if (form && mark() && mark() !== mine) location.reload() }
  function refit() { if (form) fit() }
  window.onpageshow = function (event) { if (event.persisted) recheck() }
  document.onvisibilitychange = recheck
  window.onhashchange = follow
  window.onresize = refit
  window.onload = function () { setTimeout(refit, 900) }
  window.ononline = function () { if (timer) attempt() }

  if (load('elder')) root.classList.add('elder')
  answered = load('answered')
  begin(load(key))
})()
