// SPDX-License-Identifier: Apache-2.0

// What the parts of a page share: elements, notices, the theme.

export const element = (id) => document.getElementById(id);

let afterNotice = () => {};

/** Shows a notice; the action is an optional {text, run} that becomes a button. */
export function show(text, action = null) {
  element('notice-text').textContent = text;
  const button = element('notice-action');
  button.hidden = action === null;
  button.textContent = action?.text ?? '';
  button.onclick = () => {
    hideNotice();
    action.run();
  };
  element('notice').hidden = false;
}

export function hideNotice() {
  element('notice').hidden = true;
  afterNotice();
}

/** Sets where the keyboard goes when a notice is closed. */
export function onNoticeClosed(action) {
  afterNotice = action;
}

/** The theme shown now: the one chosen, or the browser's. */
export function theme() {
  const preferred = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  return localStorage.getItem('umbra-theme') ?? preferred;
}

/** Shows the theme chosen and has the button change it; changed is told its name, now and then. */
export function startTheme(changed = () => {}) {
  const apply = (name) => {
    document.documentElement.dataset.theme = name;
    changed(name);
  };
  apply(theme());
  element('theme').addEventListener('click', () => {
    const name = theme() === 'dark' ? 'light' : 'dark';
    localStorage.setItem('umbra-theme', name);
    apply(name);
  });
}

/** Such as 1:02:03. */
export function clockTime(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  return seconds >= 3600 ? [Math.floor(seconds / 3600), ...parts].join(':') : parts.join(':');
}
