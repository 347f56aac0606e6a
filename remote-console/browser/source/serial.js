// SPDX-License-Identifier: Apache-2.0

// The page: joins the connection, the terminal and the buttons.

import { consoleAddress, logAddress, requestTicket } from './appliance.js';
import { Connection } from './connection.js';
import { createTerminal } from './terminal.js';

const NOTICES = {
  backPressureLost: 'This browser takes the output too slowly: some of it may be left out.',
  inputDropped: 'The virtual machine does not read its input: what you typed was dropped.',
  readOnly: 'You are watching. Take over to type.',
};

const element = (id) => document.getElementById(id);
const vm = new URLSearchParams(location.search).get('vm') ?? '';
const screen = createTerminal(element('terminal'));
const { terminal } = screen;
const encoder = new TextEncoder();
let pastEnd = 0;
let mayWrite = false;

const connection = new Connection(async (position, role) => {
  const ticket = await requestTicket(vm);
  return new WebSocket(consoleAddress(ticket, position, role));
});

function on(type, listener) {
  connection.addEventListener(type, ({ detail }) => listener(detail));
}

function show(text) {
  element('notice-text').textContent = text;
  element('notice').hidden = false;
}

function showRole() {
  const { role } = connection;
  element('role').hidden = false;
  element('role').dataset.role = role;
  element('role').textContent = role === 'writer' ? 'You type' : 'You watch';
  element('take-over').hidden = role === 'writer' || !mayWrite;
  element('break').disabled = role !== 'writer';
  element('paste').disabled = role !== 'writer';
  terminal.options.cursorBlink = role === 'writer';
}

function type(bytes) {
  if (!connection.type(bytes)) {
    show(connection.isOpen && connection.role !== 'writer' ? NOTICES.readOnly : 'Not connected: nothing was typed.');
  }
}

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  localStorage.setItem('umbra-theme', name);
  screen.setTheme(name);
}

async function paste() {
  try {
    terminal.paste(await navigator.clipboard.readText());
  } catch {
    show('The browser does not let this page read the clipboard; use its own paste.');
  }
  terminal.focus();
}

on('state', ({ state, text }) => {
  element('state').dataset.state = state;
  element('state').textContent = state === 'ended' ? 'Ended' : text;
  if (state === 'ended') {
    show(text);
    element('home').hidden = false;
  }
  if (state !== 'connected') {
    element('latency').textContent = '';
  }
});
on('hello', (hello) => {
  if (hello.restarted) {
    terminal.reset();
  }
  pastEnd = hello.restarted ? hello.head : 0;
  mayWrite = hello.mayWrite;
  element('vm').textContent = hello.vm;
  document.title = `${hello.vm} – serial console`;
  showRole();
});
on('output', ({ bytes, offset }) => {
  const past = Math.min(Math.max(pastEnd - offset, 0), bytes.length);
  if (past > 0) {
    screen.write(bytes.subarray(0, past), true);
  }
  if (past < bytes.length) {
    screen.write(bytes.subarray(past), false);
  }
});
on('role', ({ role, by }) => {
  showRole();
  if (role === 'viewer') {
    show(`Taken over by ${by}. You are watching now.`);
  }
});
on('lost', ({ length }) => show(`${length.toLocaleString()} bytes are left out: the console was ahead of this browser.`));
on('notice', ({ code }) => show(NOTICES[code] ?? code));
on('latency', ({ milliseconds }) => {
  element('latency').textContent = `${Math.round(milliseconds)} ms`;
});

terminal.onData((text) => type(encoder.encode(text)));
terminal.onBinary((text) => type(Uint8Array.from(text, (character) => character.charCodeAt(0))));
terminal.attachCustomKeyEventHandler((event) => {
  if (event.type !== 'keydown' || !event.ctrlKey || !event.shiftKey) {
    return true;
  }
  const actions = {
    KeyC: () => navigator.clipboard.writeText(terminal.getSelection()),
    KeyV: paste,
    KeyE: () => element('help').focus(),
  };
  if (!actions[event.code]) {
    return true;
  }
  event.preventDefault();
  actions[event.code]();
  return false;
});

element('take-over').addEventListener('click', () => {
  connection.takeOver();
  terminal.focus();
});
element('break').addEventListener('click', () => {
  connection.sendBreak();
  terminal.focus();
});
element('paste').addEventListener('click', paste);
element('log').href = logAddress(vm);
element('theme').addEventListener('click', () =>
  setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'),
);
element('notice-close').addEventListener('click', () => {
  element('notice').hidden = true;
  terminal.focus();
});
element('help').addEventListener('click', () => {
  element('size-command').textContent = `stty rows ${terminal.rows} cols ${terminal.cols}`;
  element('help-dialog').showModal();
});
element('help-dialog').addEventListener('close', () => terminal.focus());
element('screen-reader').checked = localStorage.getItem('umbra-screen-reader') === 'true';
terminal.options.screenReaderMode = element('screen-reader').checked;
element('screen-reader').addEventListener('change', ({ target }) => {
  localStorage.setItem('umbra-screen-reader', target.checked);
  terminal.options.screenReaderMode = target.checked;
});
addEventListener('online', () => connection.open());
addEventListener('pagehide', () => connection.close());
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());

window.umbra = {
  terminalText: () => screen.text(),
  type: (text) => connection.type(encoder.encode(text)),
  state: () => element('state').dataset.state,
  role: () => connection.role,
  offset: () => connection.offset,
};

const preferred = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
setTheme(localStorage.getItem('umbra-theme') ?? preferred);
element('vm').textContent = vm || 'Serial console';
terminal.focus();
if (vm) {
  connection.open();
} else {
  show('The address names no virtual machine.');
}
