// What the tests look up in a page. Each function returns a list of faults in
// words; an empty list is a sound page.
globalThis.dsr = (() => {
  const words = e => (e.innerText || e.value || e.textContent || '').replace(/\s+/g, ' ').trim().slice(0, 50)
  const name = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + [...e.classList].map(c => '.' + c).join('') + ' “' + words(e) + '”'
  const all = selector => [...document.querySelectorAll(selector)]
  const shown = e => e.checkVisibility({visibilityProperty: true}) && !e.closest('.trap, .vh')
  const fine = n => Math.round(n * 10) / 10

  // No page has a script, nor anything that would run one.
  const scripts = () => all('*').flatMap(e => [
    ...(/^script$/i.test(e.tagName) ? ['a script element'] : []),
    ...[...e.attributes].filter(a => /^on|^style$/i.test(a.name) || /^\s*javascript:/i.test(a.value)).map(a => name(e) + ' has ' + a.name),
  ])

  // Every sentence is there, and every place in it is filled.
  const gaps = () => [...document.body.innerText.matchAll(/⟦[^⟧]*⟧|<no value>|%!/g)].map(m => m[0])

  // Everything a first visit loads, unpacked.
  const loaded = () => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(e =>
    [new URL(e.name).pathname, e.decodedBodySize])

  // Nothing makes the page wider than the window.
  const wide = () => {
    const page = document.scrollingElement
    if (page.scrollWidth <= innerWidth) return []
    const out = all('body *').filter(e => shown(e) && e.getBoundingClientRect().right > innerWidth + .5)
    return [`the page is ${page.scrollWidth} px wide in ${innerWidth}: ` + out.slice(-3).map(name).join(', ')]
  }

  // No text is cut off by the box it is in, and none stands outside the window.
  const cut = () => {
    const boxes = all('body *').filter(e => shown(e) && !e.closest('svg, select, input, textarea, .skip') && /hidden|clip/.test(getComputedStyle(e).overflow) && words(e))
    const faults = boxes.filter(e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1).map(e => name(e) + ' is cut off')
    const range = document.createRange()
    for (const e of all('main *, header *, aside *, footer *')) {
      if (!shown(e) || e.closest('.skip, option, select')) continue
      for (const n of e.childNodes) {
        if (n.nodeType !== 3 || !n.data.trim()) continue
        range.selectNodeContents(n)
        const r = range.getBoundingClientRect()
        if (r.width && (r.left < -.5 || r.right > innerWidth + .5)) faults.push(name(e) + ` reaches from ${fine(r.left)} to ${fine(r.right)} px`)
      }
    }
    return faults
  }

  // No word is torn that would fit on a line of its own.
  const torn = () => {
    const range = document.createRange(), faults = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let n = walker.nextNode(); n; n = walker.nextNode()) {
      const e = n.parentElement
      if (!n.data.trim() || e.closest('svg, option, textarea, pre, .vh, .skip, .trap') || !shown(e)) continue
      for (const m of n.data.matchAll(/[^\s–-]+/g)) {
        if (/[@\/_\d]|\.\w/.test(m[0])) continue // an address may break anywhere
        range.setStart(n, m.index)
        range.setEnd(n, m.index + m[0].length)
        const lines = [...range.getClientRects()].filter(r => r.width)
        if (lines.length < 2 || lines[0].top === lines[1].top) continue
        let block = e
        while (getComputedStyle(block).display.startsWith('inline')) block = block.parentElement
        const whole = lines.reduce((w, r) => w + r.width, 0)
        // A column that leaves a word no room is at fault itself.
        const room = block.closest('dl, ul, ol, p, h1, h2, h3, label, summary')?.clientWidth || block.clientWidth
        if (whole < room / 2) faults.push(`the word “${m[0]}” is torn in ${name(e)}`)
      }
    }
    return faults
  }

  // No two labels of a drawing lie on each other.
  const collide = () => all('svg.r').flatMap(svg => {
    const texts = [...svg.querySelectorAll('text')].filter(shown).map(t => [t.textContent, t.getBoundingClientRect()])
    return texts.flatMap(([a, p], i) => texts.slice(i + 1).filter(([, q]) => p.left < q.right && q.left < p.right && p.top < q.bottom - 2 && q.top < p.bottom - 2)
      .map(([b]) => `in the drawing “${a}” lies on “${b}”`))
  })

  // A link in a sentence is as high as its line; every other target is 44 px.
  const inSentence = e => {
    let block = e.parentElement
    while (getComputedStyle(block).display === 'inline') block = block.parentElement
    const rest = block.cloneNode(true)
    rest.querySelectorAll('a, button, input, select, summary, .vh').forEach(x => x.remove())
    return rest.textContent.trim() !== ''
  }
  const targets = () => all('a[href], button, input, select, textarea, summary').filter(e => shown(e) && !e.closest('.skip') && e.type !== 'hidden').flatMap(e => {
    const box = e.closest('label') || e
    const r = box.getBoundingClientRect()
    if (r.height >= 43.9 || !r.height || e.tagName === 'A' && getComputedStyle(e).display === 'inline' && inSentence(e)) return []
    return [`${name(e)} is ${fine(r.height)} px high`]
  })

  // Whoever asks for less motion gets none.
  const moving = () => all('*').flatMap(e => [null, '::before', '::after'].map(p => getComputedStyle(e, p)).filter(s =>
    s.transitionDuration.split(',').some(d => parseFloat(d) > 0) || s.animationName !== 'none' && parseFloat(s.animationDuration) > 0 || s.scrollBehavior === 'smooth').map(() => name(e) + ' moves'))

  // Where the system sets the colours, drawings still tell their parts apart.
  const drawn = () => all('svg.r').flatMap(svg => {
    const paints = new Set([...svg.querySelectorAll('rect, use, path')].map(e => getComputedStyle(e)).map(s => s.fill + s.stroke))
    const lost = getComputedStyle(svg).forcedColorAdjust !== 'none'
    return [...(lost ? ['a drawing leaves its colours to the system'] : []), ...(paints.size < 2 ? ['a drawing has one colour only'] : [])]
  })

  // What is ticked is told by more than a tint: its box is drawn by the system,
  // or in a colour that stands out from the page by 3 : 1.
  const told = () => all('input:checked').flatMap(e => {
    const style = getComputedStyle(e)
    if (style.appearance === 'auto') return []
    const page = getComputedStyle(document.body).backgroundColor
    const ratio = Math.max(between(style.borderTopColor, page), between(style.backgroundColor, page))
    return ratio >= 3 ? [] : [`the tick of ${name(e.closest('label'))} has a contrast of ${fine(ratio)}`]
  })

  // Fields, boxes and buttons have a border where backgrounds are taken away.
  const bordered = () => all('.btn, .errors, .need, .field input, .field select, textarea, .choices, .flash').filter(shown).flatMap(e =>
    parseFloat(getComputedStyle(e).borderTopWidth) >= 1 && getComputedStyle(e).borderTopStyle !== 'none' ? [] : [name(e) + ' has no border'])

  // Where the focus is, and whether one can see that: a ring of at least 2 px
  // around the element, its label or the filter it is in, in the window and
  // under nothing.
  const focus = () => {
    const e = document.activeElement
    if (!e || e === document.body || e === document.documentElement) return {Name: '', Place: '', ID: '', Fault: '', Top: 0, Bottom: 0, Left: 0}
    const box = e.closest('label') || e
    const label = e.labels?.[0] || document.getElementById(e.getAttribute('aria-labelledby')) || e
    const at = {Name: words(label), ID: e.id, Place: e.closest('main, header, aside, footer')?.tagName.toLowerCase() || 'body', Fault: ''}
    const whole = box.getBoundingClientRect()
    Object.assign(at, {Top: whole.top + scrollY, Bottom: whole.bottom + scrollY, Left: whole.left})
    const ring = [e, box, e.closest('.filter') || box].map(x => getComputedStyle(x)).find(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)
    const r = [...box.getClientRects()].find(r => r.width > 1 && r.height > 1)
    if (!ring) at.Fault = 'shows no ring'
    else if (ring.outlineColor === getComputedStyle(document.body).backgroundColor) at.Fault = 'has a ring in the colour of the page'
    else if (!r) at.Fault = 'has no size'
    else if (r.bottom <= 0 || r.top >= innerHeight || r.right <= 0 || r.left >= innerWidth) at.Fault = 'is outside the window'
    else {
      const x = Math.min(Math.max(r.x + r.width / 2, 1), innerWidth - 1), y = Math.min(Math.max(r.y + r.height / 2, 1), innerHeight - 1)
      const top = document.elementFromPoint(x, y)
      if (top && !box.contains(top) && !top.contains(box)) at.Fault = 'is covered by ' + name(top)
    }
    return at
  }

  // The stops of the Tab key in the order of the source, which is how the page
  // is read. A group of radio buttons is one stop.
  const stops = () => all('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]').filter(e =>
    e.checkVisibility() && e.tabIndex >= 0 && !e.disabled && (e.type !== 'radio' || e === e.form.elements[e.name][0])).length

  // The contrast of a text with the nearest surface behind it, for where axe-core
  // does not decide: the words of drawings, and words beside a generated mark.
  const shade = colour => {
    const parts = colour.match(/[\d.]+/g).slice(0, 3).map(n => n / 255).map(n => n <= .04045 ? n / 12.92 : ((n + .055) / 1.055) ** 2.4)
    return .2126 * parts[0] + .7152 * parts[1] + .0722 * parts[2]
  }
  const between = (one, other) => {
    const [a, b] = [one, other].map(shade).sort((x, y) => y - x)
    return (a + .05) / (b + .05)
  }
  const contrast = e => {
    let behind = e
    while (behind && /, 0\)|transparent/.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement
    const paper = document.createElement('i') // the page's own colour, where a gradient lies behind
    paper.style.background = 'var(--surface)'
    document.body.append(paper)
    const ratio = between(getComputedStyle(e)[e.ownerSVGElement ? 'fill' : 'color'], getComputedStyle(behind || paper).backgroundColor)
    paper.remove()
    return ratio
  }

  const axed = async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    const found = await axe.run({runOnly: tags, resultTypes: ['violations', 'incomplete'], iframes: false, preload: false})
    const list = rules => rules.flatMap(v => v.nodes.map(n =>
      [`${v.id} (${v.help}): ${n.target.join(' ')}: ${[...n.any, ...n.all, ...n.none].map(c => c.message).join('; ')}`, v.id === 'color-contrast' && document.querySelector(n.target[0])]))
    const undecided = list(found.incomplete).filter(([, e]) => !e || contrast(e) < 4.5)
    const say = pairs => pairs.map(([text]) => text)
    return {Passed: found.passes.length, Settled: list(found.incomplete).length - undecided.length, Violations: say(list(found.violations)), Undecided: say(undecided)}
  }

  const checks = {scripts, gaps, wide, cut, torn, collide, targets, moving, drawn, told, bordered}
  const inspect = async (withAxe, names) => ({
    Faults: names.flatMap(n => checks[n]()).slice(0, 12), Loaded: loaded(),
    ...(withAxe ? await axed() : {Passed: 0, Settled: 0, Violations: [], Undecided: []}),
  })
  return {inspect, focus, stops}
})()
