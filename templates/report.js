// The page is whole without this. It adds: the right language for a link, the step in sight marked in the navigation, a
// mark on what is wider than its place, and the player (player.js).
(() => {
  const choices = [...document.querySelectorAll('.choice')];
  const pages = [...document.querySelectorAll('.page')];

  let last = ''; // where the reader is: the end of an id, the same in every language

  const speak = () => {
    const choice = choices.find((one) => one.checked);
    const page = choice ? document.querySelector('.page-' + choice.value) : pages[0];
    document.documentElement.lang = page.lang;
    document.title = page.dataset.title;
  };
  const follow = () => {
    const choice = choices.find((one) => location.hash.startsWith('#' + one.value + '-'));
    if (choice && !choice.checked) {
      choice.checked = true;
      speak();
      document.getElementById(location.hash.slice(1))?.scrollIntoView({ behavior: 'instant' });
    }
  };
  for (const choice of choices) {
    choice.addEventListener('change', () => {
      // The same place in the other language.
      const place = scrollY > innerHeight / 2 && last;
      speak();
      if (place) document.getElementById(choice.value + place)?.scrollIntoView({ behavior: 'instant' });
      players.again();
    });
  }
  addEventListener('hashchange', follow);
  follow();

  // What is wider than its place fades out on the side where there is more.
  const cue = (one) => one.classList.toggle('more', one.scrollWidth - one.clientWidth - one.scrollLeft > 1);
  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => cue(entry.target)));
  for (const one of document.querySelectorAll('.wide, .picture')) {
    sizes.observe(one);
    one.addEventListener('scroll', () => cue(one), { passive: true });
  }

  for (const page of pages) {
    const links = new Map([...page.querySelectorAll('.toc a')].map((link) => [link.hash.slice(1), link]));
    const places = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    let waiting = false;
    const mark = () => {
      waiting = false;
      if (!page.offsetHeight) return;
      const line = innerHeight * 0.3;
      const seen = places.findLast((place) => place.getBoundingClientRect().top <= line) ?? places[0];
      last = seen.id.slice(page.lang.length);
      for (const [id, link] of links) {
        if (id !== seen.id) link.removeAttribute('aria-current');
        else if (!link.hasAttribute('aria-current')) {
          link.setAttribute('aria-current', 'true');
          // Moves the navigation only, never the page.
          const toc = link.closest('.toc');
          toc.scrollTo({
            top: link.offsetTop - toc.clientHeight / 2,
            left: link.offsetLeft - toc.clientWidth / 2,
          });
        }
      }
    };
    addEventListener('scroll', () => {
      if (!waiting) requestAnimationFrame(mark);
      waiting = true;
    }, { passive: true });
    mark();
  }
  players.begin(pages);
})();
