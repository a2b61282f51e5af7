// Filters the titles of pages and of their parts. Without this script the list of pages is there all the same.
const input = document.getElementById('search');
const found = document.getElementById('found');
const MOST = 12;
let titles = null;

const words = (text) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}_-]+/u)
    .filter(Boolean);

function show(matches) {
  found.replaceChildren(
    ...matches.map(({ href, title, page }) => {
      const link = document.createElement('a');
      link.href = href;
      link.textContent = title;
      if (page !== title) {
        const small = document.createElement('small');
        small.textContent = ` ${page}`;
        link.append(small);
      }
      const item = document.createElement('li');
      item.append(link);
      return item;
    }),
  );
  found.hidden = matches.length === 0;
}

async function search() {
  const wanted = words(input.value);
  if (wanted.length === 0) return show([]);
  titles ??= fetch('/docs/search.json').then((reply) => reply.json());
  const all = await titles;
  const fits = ({ title, page }) => {
    const own = words(`${title} ${page}`);
    return wanted.every((word) => own.some((each) => each.startsWith(word)));
  };
  show(all.filter(fits).slice(0, MOST));
}

/** Up and down go through what was found, and back to where it was asked. */
function move(event, by) {
  const links = [...found.querySelectorAll('a')];
  if (found.hidden || links.length === 0) return;
  event.preventDefault();
  const at = links.indexOf(document.activeElement) + by;
  if (at < 0) input.focus();
  else links[Math.min(at, links.length - 1)].focus();
}

input.hidden = false;
input.placeholder = 'Search titles';
input.addEventListener('input', search);
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !/^(INPUT|TEXTAREA|RAPI-DOC)$/.test(document.activeElement?.tagName ?? '')) {
    event.preventDefault();
    input.focus();
  } else if (event.key === 'Escape') {
    show([]);
  } else if (event.key === 'ArrowDown') {
    move(event, 1);
  } else if (event.key === 'ArrowUp') {
    move(event, -1);
  }
});
// A small screen begins with the page, not with the list of all of them.
if (matchMedia('(max-width: 760px)').matches) document.querySelector('nav details')?.removeAttribute('open');
