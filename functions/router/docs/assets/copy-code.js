// A button on each block of code that puts it into the clipboard. Browsers have one only over HTTPS and on the own machine.
const SHOWN_MS = 1500;

function withButton(block) {
  const box = document.createElement('div');
  box.className = 'code';
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  const say = (text) => {
    button.textContent = text;
    setTimeout(() => {
      button.textContent = 'Copy';
    }, SHOWN_MS);
  };
  button.addEventListener('click', () =>
    navigator.clipboard.writeText(block.textContent.trimEnd()).then(
      () => say('Copied'),
      () => say('Not allowed'),
    ),
  );
  block.replaceWith(box);
  box.append(block, button);
}

if (navigator.clipboard !== undefined) {
  for (const block of document.querySelectorAll('main pre')) withButton(block);
}
