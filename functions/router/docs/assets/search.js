// Finds pages, their parts and what their tables define. Without this script the list of pages is there all the same.
const box = document.querySelector('search');
const input = document.getElementById('search');
const found = document.getElementById('found');
const status = document.getElementById('found-status');
const MOST = 12;
/** What comes first of what fits equally well. */
const KINDS = ['page', 'part', 'term'];
let index = null;

/** Read when it is first needed; once more where that failed. */
async function readIndex() {
  index ??= fetch('/docs/search.json').then((reply) =>
    reply.ok ? reply.json() : Promise.reject(new Error(reply.status)),
  );
  try {
    return await index;
  } catch {
    index = null;
    return null;
  }
}

const words = (text) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

const begins = (own, wanted) => wanted.every((word) => own.some((each) => each.startsWith(word)));

/** How well an entry fits, 0 the best; null where it does not. */
function rank({ title, page }, asked) {
  const lower = title.toLowerCase();
  const wanted = words(asked);
  if (lower === asked) return 0;
  if (lower.startsWith(asked)) return 1;
  if (wanted.length > 0 && begins(words(title), wanted)) return 2;
  if (lower.includes(asked)) return 3;
  if (wanted.length > 0 && begins(words(`${title} ${page}`), wanted)) return 4;
  return null;
}

function find(entries, asked) {
  return entries
    .map((entry) => ({ entry, fit: rank(entry, asked) }))
    .filter(({ fit }) => fit !== null)
    .sort((a, b) => a.fit - b.fit || KINDS.indexOf(a.entry.kind) - KINDS.indexOf(b.entry.kind))
    .map(({ entry }) => entry);
}

/** A title with what was asked for marked in it. */
function marked(title, asked) {
  const at = title.toLowerCase().indexOf(asked);
  if (at < 0) return [title];
  const mark = document.createElement('mark');
  mark.textContent = title.slice(at, at + asked.length);
  return [title.slice(0, at), mark, title.slice(at + asked.length)];
}

function toItem({ href, title, page, kind }, asked) {
  const link = document.createElement('a');
  link.href = href;
  const name = document.createElement('span');
  name.append(...marked(title, asked));
  link.append(name);
  if (kind !== 'page') {
    const small = document.createElement('small');
    small.textContent = page;
    link.append(small);
  }
  const item = document.createElement('li');
  item.append(link);
  return item;
}

function close() {
  found.hidden = true;
  status.hidden = true;
  status.textContent = '';
}

async function search() {
  const asked = input.value.trim().toLowerCase();
  if (asked === '') return close();
  const entries = await readIndex();
  // Something else may have been typed, or the search left, while the index was on its way.
  if (asked !== input.value.trim().toLowerCase() || !box.contains(document.activeElement)) return;
  const matches = entries === null ? [] : find(entries, asked);
  found.replaceChildren(...matches.slice(0, MOST).map((entry) => toItem(entry, asked)));
  found.hidden = matches.length === 0;
  status.hidden = matches.length > 0;
  if (entries === null) status.textContent = 'The search could not be loaded.';
  else status.textContent = matches.length === 0 ? 'Nothing is called that.' : `${matches.length} found`;
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

const keys = {
  ArrowDown: (event) => (found.hidden ? search() : move(event, 1)),
  ArrowUp: (event) => move(event, -1),
  Enter: ({ isComposing }) =>
    document.activeElement === input && !isComposing && !found.hidden && found.querySelector('a').click(),
  Escape: () => {
    close();
    input.focus();
  },
};

const asksForSearch = ({ key, ctrlKey, metaKey, altKey }) =>
  (key === '/' && !ctrlKey && !metaKey && !altKey) || (key === 'k' && (ctrlKey || metaKey));

box.hidden = false;
input.addEventListener('input', search);
box.addEventListener('keydown', (event) => keys[event.key]?.(event));
// Some browsers give no focus to a link that is clicked: leaving the input would close the list under the pointer.
found.addEventListener('mousedown', (event) => event.preventDefault());
// A part of this very page is gone to without the page being loaded again.
found.addEventListener('click', close);
box.addEventListener('focusout', ({ relatedTarget }) => {
  if (!box.contains(relatedTarget)) close();
});
document.addEventListener('keydown', (event) => {
  if (!asksForSearch(event)) return;
  if (/^(INPUT|TEXTAREA|SELECT|RAPI-DOC)$/.test(document.activeElement?.tagName ?? '')) return;
  event.preventDefault();
  input.focus();
});
