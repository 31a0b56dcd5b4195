(function () {
  'use strict'
  var words = {
    'Zoom': '框选放大', 'Pan': '平移', 'Zoom in': '放大', 'Zoom out': '缩小', 'Autoscale': '自动缩放', 'Reset axes': '还原',
    'Double-click to zoom back out': '双击还原', 'Click to enter Plotly.js date format': ''
  }
  var settings = {
    locale: 'zh-CN', displaylogo: false, responsive: true, scrollZoom: false,
    modeBarButtonsToRemove: ['toImage', 'select2d', 'lasso2d', 'autoScale2d', 'sendDataToCloud']
  }
  var waiting = [].slice.call(document.querySelectorAll('[data-plot]'))
  var bundle = document.querySelector('[data-plotly]')

  function read(figure) {
    return JSON.parse(figure.querySelector('script[type="application/json"]').textContent)
  }

  function draw(figure) {
    var told = read(figure)
    var place = document.createElement('div')
    place.className = 'plot'
    if (told.layout.meta) {
      place.style.minWidth = told.layout.meta.least + 'px'
      place.style.setProperty('--printed', Math.min(1, 640 / told.layout.meta.least))
    }
    figure.querySelector('.picture').appendChild(place)
    Plotly.newPlot(place, told.data, told.layout, settings).then(function () { figure.classList.add('plotted') })
  }

  function drawAll() {
    Plotly.register({moduleType: 'locale', name: 'zh-CN', dictionary: words, format: {}})
    waiting.splice(0).forEach(draw)
  }

  function fetchAndDraw() {
    var script = document.createElement('script')
    script.src = bundle.dataset.plotly
    script.onload = drawAll
    document.head.appendChild(script)
  }

  if (bundle && window.IntersectionObserver) {
    var watch = new IntersectionObserver(function (seen) {
      if (!seen.some(function (one) { return one.isIntersecting })) return
      watch.disconnect()
      fetchAndDraw()
    }, {rootMargin: '200px'})
    waiting.forEach(function (one) {
      one.classList.add('drawing')
      one.querySelector('.picture').style.minHeight = read(one).layout.height + 'px'
      watch.observe(one)
    })
  }
})()
