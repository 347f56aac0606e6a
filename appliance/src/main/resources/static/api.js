// SPDX-License-Identifier: Apache-2.0

// Requests to the appliance, and small helpers every page shares.

/** A refusal with the stable code of the appliance's error catalogue. */
export class Problem extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

function token() {
  const cookie = document.cookie.match(/(?:^|;\s*)XSRF-TOKEN=([^;]*)/);
  return cookie ? decodeURIComponent(cookie[1]) : null;
}

/** Sends a request; a body that is no form goes as JSON. Gives the answer's JSON, or null. */
export async function send(method, path, body) {
  const headers = { Accept: 'application/json' };
  if (method !== 'GET') {
    if (!token()) {
      await fetch('/api/v1/problems', { credentials: 'same-origin' });
    }
    headers['X-XSRF-TOKEN'] = token() ?? '';
  }
  let content = body;
  if (body !== undefined && !(body instanceof URLSearchParams)) {
    headers['Content-Type'] = 'application/json';
    content = JSON.stringify(body);
  }
  const answer = await fetch(path, { method, headers, body: content, credentials: 'same-origin', redirect: 'error' });
  const isJson = /json/.test(answer.headers.get('Content-Type') ?? '');
  const reply = isJson ? await answer.json() : null;
  if (!answer.ok) {
    throw new Problem(answer.status, reply?.code ?? 'unknown', reply?.detail ?? reply?.title ?? `The appliance answers ${answer.status}`);
  }
  return reply;
}

/** Makes an element; children are elements or text. Text is never read as markup. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'data') {
      Object.assign(made.dataset, value);
    } else if (key.startsWith('on')) {
      made.addEventListener(key.slice(2), value);
    } else if (key in made && key !== 'list') {
      made[key] = value;
    } else {
      made.setAttribute(key, value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const units = [[86_400, 'day'], [3_600, 'hour'], [60, 'minute'], [1, 'second']];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** Such as "3 minutes ago", with the exact time on hover. */
export function when(time) {
  if (!time) {
    return element('span', { className: 'quiet' }, 'never');
  }
  const seconds = (new Date(time) - Date.now()) / 1000;
  const [size, unit] = units.find(([length]) => Math.abs(seconds) >= length) ?? units.at(-1);
  return element('time', { dateTime: time, title: new Date(time).toLocaleString() }, relative.format(Math.round(seconds / size), unit));
}

export function applyTheme() {
  const theme = localStorage.getItem('umbra-theme');
  if (theme) {
    document.documentElement.dataset.theme = theme;
  }
}

export function switchTheme() {
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark';
  localStorage.setItem('umbra-theme', dark ? 'light' : 'dark');
  applyTheme();
}
