// The renderer of the reference takes its colours as attributes: those of style.css, as the reader has it, light or dark.
const reference = document.querySelector('rapi-doc');
const dark = matchMedia('(prefers-color-scheme: dark)');

function colour() {
  const styles = getComputedStyle(document.documentElement);
  const set = (attribute, property) => reference.setAttribute(attribute, styles.getPropertyValue(property).trim());
  reference.setAttribute('theme', dark.matches ? 'dark' : 'light');
  set('bg-color', '--page');
  set('text-color', '--text');
  set('primary-color', '--link');
}

colour();
dark.addEventListener('change', colour);
