// The player: one picture that is repainted from step to step. It takes the pictures of the steps, which stand in the page
// anyway, and turns the one into the next: what both have is the same element and moves, counts or changes colour; what
// only one has fades. Parts know each other by `data-part`, and otherwise by their order among their likes.
const players = (() => {
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const LASTS = 900; // milliseconds of a transition
  const STAYS = 3600; // of a picture while it plays
  const NUMBER = /-?\d+(?:\.\d+)?/g;
  const ease = (t) => (t < 0.5 ? 4 * t * t * t : 1 - (-2 * t + 2) ** 3 / 2);

  // --- from one picture to the next -----------------------------------------------------------------------------------

  const key = (node) => node.dataset?.part ?? '';
  const colour = (text) => /^#[0-9a-f]{6}$/i.test(text) && [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  const hex = (parts) => '#' + parts.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('');

  // A function of the time from 0 to 1 that lies between two texts; `null` if nothing does.
  const between = (from, to, whole) => {
    const [a, b] = [colour(from), colour(to)];
    if (a && b) return (t) => hex(a.map((part, at) => part + (b[at] - part) * t));
    if (from.replace(NUMBER, '#') !== to.replace(NUMBER, '#')) return null;
    const start = from.match(NUMBER)?.map(Number) ?? [];
    const end = to.match(NUMBER)?.map(Number) ?? [];
    if (!start.length || start.some((number) => Math.abs(number) > 1e6)) return null;
    return (t) => {
      let at = 0;
      return to.replace(NUMBER, () => {
        const value = start[at] + (end[at] - start[at]) * t;
        at += 1;
        return whole ? String(Math.round(value)) : value.toFixed(2);
      });
    };
  };

  const DEFAULTS = { opacity: '1' };
  const attributes = (live, next, moves) => {
    const names = new Set([...live.attributes, ...next.attributes].map((one) => one.name));
    for (const name of names) {
      if (['class', 'style', 'tabindex', 'id', 'aria-label', 'role'].includes(name)) continue;
      const [from, to] = [live.getAttribute(name), next.getAttribute(name)];
      if (from === to) continue;
      const [a, b] = [from ?? DEFAULTS[name], to ?? DEFAULTS[name]];
      const step = a !== undefined && b !== undefined && name !== 'href' && !name.startsWith('data-') && between(a, b);
      const done = () => (to === null ? live.removeAttribute(name) : live.setAttribute(name, to));
      moves.push(step ? (t) => (t < 1 ? live.setAttribute(name, step(t)) : done()) : (t) => t >= 0.5 && done());
    }
  };

  const fades = (node, moves, into) => {
    const pops = key(node).startsWith('instance:');
    node.style.opacity = into ? 0 : 1;
    moves.push((t) => {
      const seen = into ? Math.max(0, 2 * t - 1) : Math.max(0, 1 - 2 * t);
      node.style.opacity = seen;
      if (pops) node.style.transform = `scale(${0.7 + 0.3 * seen})`;
      if (t < 1) return;
      if (into) node.removeAttribute('style');
      else node.remove();
    });
  };

  const words = (live, next, moves) => {
    const [from, to] = [live.textContent, next.textContent];
    if (from === to) return;
    const count = between(from, to, true);
    if (count) moves.push((t) => (live.textContent = t < 1 ? count(t) : to));
    else {
      moves.push((t) => {
        live.style.opacity = t < 1 ? Math.abs(2 * t - 1) : '';
        if (t >= 0.5) live.textContent = to;
      });
    }
  };

  const shape = (nodes) => nodes.map((node) => node.tagName).join(' ');
  const repaint = (live, next, moves) => {
    attributes(live, next, moves);
    if (live.tagName === 'text') return words(live, next, moves);
    const [here, there] = [live, next].map((node) => [...node.children]);
    const known = new Map(here.filter(key).map((node) => [key(node), node]));
    const [plain, wanted] = [here, there].map((nodes) => nodes.filter((node) => !key(node)));
    // Things without a name are the same if all of them look alike, one by one from the front otherwise.
    const alike = shape(plain) === shape(wanted);
    const pairs = new Map();
    wanted.forEach((node, at) => {
      const other = plain[at];
      if (other && other.tagName === node.tagName && (alike || shape(plain.slice(0, at + 1)) === shape(wanted.slice(0, at + 1)))) pairs.set(node, other);
    });
    let place = null; // the last child that is where it belongs
    for (const node of there) {
      const old = key(node) ? known.get(key(node)) : pairs.get(node);
      if (old && old.tagName === node.tagName) {
        repaint(old, node, moves);
        known.delete(key(node));
        pairs.delete(node);
        plain.splice(plain.indexOf(old), plain.includes(old) ? 1 : 0);
        if (place && place.compareDocumentPosition(old) & Node.DOCUMENT_POSITION_PRECEDING) place.after(old);
        place = old;
      } else {
        const born = node.cloneNode(true);
        if (place) place.after(born);
        else live.prepend(born);
        fades(born, moves, true);
        place = born;
      }
    }
    for (const node of [...known.values(), ...plain]) fades(node, moves, false);
  };

  // Dots that run along the ways of live traffic.
  const flow = (picture) => {
    for (const old of picture.querySelectorAll('.flow')) old.remove();
    if (calm.matches) return;
    for (const way of picture.querySelectorAll('[data-part^="route:"] > path:first-child')) {
      if (way.hasAttribute('stroke-dasharray') || Number(way.getAttribute('stroke-width')) < 2) continue;
      const run = way.cloneNode();
      run.setAttribute('class', 'flow');
      way.after(run);
    }
  };

  // --- one player a language ------------------------------------------------------------------------------------------

  const state = { at: 0, back: false }; // the same in every language
  const all = [];

  const make = (page) => {
    const root = page.querySelector('.player');
    const figures = [...page.querySelectorAll('.flip')];
    if (!root || figures.length < 2) return;
    const prefix = page.lang + '-step-';
    const stops = figures.map((figure) => {
      const card = figure.closest('section');
      return {
        card,
        number: Number(card.id.slice(prefix.length)),
        title: figure.dataset.name,
        picture: figure.querySelector('svg'),
        back: card.querySelector('.back'),
      };
    });
    const find = (name) => root.querySelector('.player-' + name);
    const [stage, side, ticks, said, heading] = ['stage', 'side', 'ticks', 'said', 'title'].map(find);
    const buttons = Object.fromEntries([...root.querySelectorAll('[data-go]')].map((one) => [one.dataset.go, one]));
    const told = JSON.parse(page.querySelector('.player-data')?.textContent || '{}');

    const picture = stops[0].picture.cloneNode(true);
    picture.removeAttribute('id');
    stage.append(picture);
    const board = document.createElement('div'); // the way back, which is a drawing of its own
    board.className = 'player-back';
    board.hidden = true;
    stage.append(board);
    let shown = 0;
    let finish = null; // ends the transition that is under way
    let playing = 0;

    const marks = stops.map((stop, at) => {
      const item = document.createElement('li');
      const tick = document.createElement('button');
      tick.type = 'button';
      tick.textContent = stop.number || '•';
      tick.title = stop.title;
      tick.setAttribute('aria-label', stop.title);
      tick.addEventListener('click', () => go(at, false));
      item.append(tick);
      if (stop.back) {
        const red = document.createElement('button');
        red.type = 'button';
        red.className = 'red';
        red.textContent = '↩';
        red.title = stop.back.querySelector('h3').textContent.trim();
        red.setAttribute('aria-label', red.title);
        red.addEventListener('click', () => go(at, !(state.at === at && state.back)));
        item.append(red);
      }
      ticks.append(item);
      return item;
    });

    const paint = (at, quick) => {
      finish?.();
      const stop = stops[at];
      if (at !== shown) {
        for (const old of picture.querySelectorAll('.flow')) old.remove();
        const moves = [];
        repaint(picture, stop.picture, moves);
        picture.setAttribute('aria-label', stop.picture.getAttribute('aria-label'));
        shown = at;
        const end = () => {
          finish = null;
          cancelAnimationFrame(frame);
          for (const move of moves) move(1);
          flow(picture);
          explain();
        };
        let frame = 0;
        let began = 0;
        const tick = (now) => {
          began ||= now;
          const t = (now - began) / LASTS;
          if (t >= 1) return end();
          for (const move of moves) move(ease(t));
          frame = requestAnimationFrame(tick);
        };
        if (quick || calm.matches) end();
        else {
          finish = end;
          frame = requestAnimationFrame(tick);
        }
      }
      board.hidden = !state.back;
      picture.toggleAttribute('hidden', state.back);
      if (state.back) board.replaceChildren(copy(stop.back.querySelector('figure svg') ?? stop.back.querySelector('p')));
      tell(stop);
      marks.forEach((item, index) => {
        const [tick, red] = item.children;
        tick.toggleAttribute('aria-current', index === at && !state.back);
        red?.toggleAttribute('aria-current', index === at && state.back);
        item.classList.toggle('done', index <= at);
      });
      buttons.before.disabled = at === 0;
      buttons.next.disabled = at === stops.length - 1;
      buttons.back.disabled = !stop.back;
      buttons.back.setAttribute('aria-pressed', state.back);
      const mark = marks[at];
      ticks.scrollTo({ left: mark.offsetLeft - ticks.clientWidth / 2, behavior: quick ? 'instant' : 'smooth' });
    };

    const copy = (node) => {
      const made = node.cloneNode(true);
      for (const one of [made, ...made.querySelectorAll('[id]')]) one.removeAttribute('id');
      for (const one of made.querySelectorAll('[aria-labelledby]')) one.removeAttribute('aria-labelledby');
      return made;
    };

    // What is told beside the picture: the same as in the step's own section.
    const tell = (stop) => {
      heading.textContent = state.back ? stop.back.querySelector('h3').textContent.trim() : stop.title;
      root.classList.toggle('returning', state.back);
      const parts = state.back
        ? [...stop.back.querySelectorAll(':scope > p, :scope > .stages')]
        : [...stop.card.querySelectorAll(':scope > .alarm, :scope > .figures, :scope > .pair, :scope > .runbook')];
      side.replaceChildren(...parts.map(copy));
      said.textContent = said.dataset.hint;
    };

    // Names, versions, phases and shares of what is pointed at, as they are in this step.
    const explain = () => {
      const texts = Object.assign({}, ...stops.slice(0, shown + 1).map((stop) => told[stop.number]));
      for (const part of picture.querySelectorAll('[data-part]')) {
        const text = texts[part.dataset.part];
        if (!text) continue;
        part.setAttribute('tabindex', '0');
        part.setAttribute('role', 'img');
        part.setAttribute('aria-label', text);
      }
    };
    const point = (event) => {
      const part = event.target.closest?.('.player-stage [aria-label][data-part]');
      said.textContent = part ? part.getAttribute('aria-label') : said.dataset.hint;
    };
    for (const kind of ['pointerover', 'focusin']) stage.addEventListener(kind, point);
    stage.addEventListener('pointerleave', point);

    const stop = () => {
      clearInterval(playing);
      playing = 0;
      buttons.play.setAttribute('aria-pressed', 'false');
    };
    const play = () => {
      if (playing) return stop();
      if (state.at === stops.length - 1) go(0, false);
      else go(state.at + 1, false);
      buttons.play.setAttribute('aria-pressed', 'true');
      playing = setInterval(() => {
        if (state.at >= stops.length - 1 || !root.offsetHeight) stop();
        else go(state.at + 1, false, true);
      }, STAYS);
    };

    const go = (at, back, on) => {
      if (playing && !on) stop();
      state.at = Math.max(0, Math.min(stops.length - 1, at));
      state.back = Boolean(back && stops[state.at].back);
      paint(state.at, false);
      history.replaceState(null, '', '#step-' + stops[state.at].number + (state.back ? '-rollback' : ''));
    };

    const full = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.());
    const acts = {
      first: () => go(0, false),
      before: () => go(state.at - 1, false),
      play,
      next: () => go(state.at + 1, false),
      last: () => go(stops.length - 1, false),
      back: () => go(state.at, !state.back),
      full,
    };
    for (const [name, button] of Object.entries(buttons)) button.addEventListener('click', acts[name]);
    if (!root.requestFullscreen) buttons.full.hidden = true;

    const near = () => {
      const box = root.getBoundingClientRect();
      return box.top < innerHeight * 0.7 && box.bottom > innerHeight * 0.3;
    };
    addEventListener('keydown', (event) => {
      const inside = root.contains(document.activeElement) || document.fullscreenElement === root;
      if (!root.offsetHeight || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target.closest('input, textarea, select, [contenteditable]')) return;
      const names = { ArrowLeft: 'before', ArrowRight: 'next', r: 'back', R: 'back', f: 'full', F: 'full' };
      const far = { Home: 'first', End: 'last' };
      const space = event.key === ' ' && !event.target.closest('button, a, summary') && 'play';
      const name = inside ? names[event.key] ?? far[event.key] ?? space : near() && (names[event.key] ?? space);
      if (!name) return;
      event.preventDefault();
      acts[name]();
    });
    let from = null;
    stage.addEventListener('pointerdown', (event) => (from = event.pointerType === 'touch' ? event : null));
    stage.addEventListener('pointerup', (event) => {
      const far = from ? event.clientX - from.clientX : 0;
      from = null;
      if (Math.abs(far) > 45) acts[far < 0 ? 'next' : 'before']();
    });

    root.hidden = false;
    flow(picture);
    explain();
    paint(0, true);
    all.push({
      page,
      root,
      show: () => paint(state.at, true),
      link: (number, back) => {
        const at = stops.findLastIndex((one) => one.number <= number);
        go(Math.max(0, at), back && stops[at]?.number === number);
        root.scrollIntoView({ behavior: 'instant', block: 'start' });
      },
    });
  };

  // `#step-3` and `#step-3-rollback` lead to the player, in whatever language the page shows.
  const follow = () => {
    const hit = /^#step-(\d+)(-rollback)?$/.exec(location.hash);
    if (hit) all.find((one) => one.page.offsetHeight)?.link(Number(hit[1]), Boolean(hit[2]));
  };
  return {
    begin: (pages) => {
      pages.forEach(make);
      follow();
      addEventListener('hashchange', follow);
    },
    again: () => all.forEach((one) => one.page.offsetHeight && one.show()),
  };
})();
