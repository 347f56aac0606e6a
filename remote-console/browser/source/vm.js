// SPDX-License-Identifier: Apache-2.0

// The page of one machine: two consoles behind two tabs. Each connects when it is looked at for the first time and stays connected.

import { element, hideNotice, onNoticeClosed, show, startTheme } from './page.js';
import { createSerialView } from './serial-view.js';

const vm = new URLSearchParams(location.search).get('vm') ?? '';
const views = {};
let present = null;

const page = {
  named(name) {
    element('vm').textContent = name;
    document.title = `${name} – console`;
  },
  changed: showStatus,
};

function showStatus() {
  const status = views[present]?.status;
  if (!status) {
    return;
  }
  element('state').dataset.state = status.state;
  element('state').textContent = status.text;
  element('role').hidden = status.role === null;
  element('role').dataset.role = status.role;
  element('role').textContent = status.role === 'writer' ? 'You type' : 'You watch';
  element('latency').textContent = status.latency === null ? '' : `${Math.round(status.latency)} ms`;
  element('home').hidden = status.state !== 'ended';
}

async function create(name) {
  if (name === 'screen') {
    const { createScreenView } = await import('./screen-view.js');
    return createScreenView(vm, page);
  }
  return createSerialView(vm, page);
}

async function select(name) {
  present = name;
  for (const tab of document.querySelectorAll('[role="tab"]')) {
    const chosen = tab.dataset.view === name;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    element(tab.getAttribute('aria-controls')).hidden = !chosen;
    element(`${tab.dataset.view}-actions`).hidden = !chosen;
  }
  history.replaceState(null, '', `#${name}`);
  hideNotice();
  if (!views[name]) {
    views[name] = await create(name);
    views[name].setTheme?.(document.documentElement.dataset.theme);
    if (vm) {
      views[name].open();
      views[name].recordings?.refresh();
    }
  }
  showStatus();
  views[name].focus();
}

function turnTabs(event) {
  const turns = { ArrowLeft: -1, ArrowRight: 1 };
  if (turns[event.key]) {
    const tabs = [...document.querySelectorAll('[role="tab"]')];
    const next = tabs[(tabs.indexOf(event.target) + turns[event.key] + tabs.length) % tabs.length];
    next.focus();
    event.preventDefault();
  }
}

for (const tab of document.querySelectorAll('[role="tab"]')) {
  tab.addEventListener('click', () => select(tab.dataset.view));
  tab.addEventListener('keydown', turnTabs);
}
element('notice-close').addEventListener('click', hideNotice);
onNoticeClosed(() => views[present]?.focus());
element('help').addEventListener('click', () => {
  element('size-hint').hidden = !views.serial;
  element('size-command').textContent = views.serial?.sizeCommand() ?? '';
  element('help-dialog').showModal();
});
element('help-dialog').addEventListener('close', () => views[present]?.focus());
startTheme((name) => views.serial?.setTheme(name));
addEventListener('online', () => Object.values(views).forEach((view) => view.open()));
addEventListener('pagehide', () => Object.values(views).forEach((view) => view.close()));
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());

window.umbra = {
  terminalText: () => views.serial.text(),
  type: (text) => views.serial.type(text),
  state: () => views.serial?.status.state,
  role: () => views.serial.connection.role,
  offset: () => views.serial.connection.offset,
  screen: {
    state: () => views.screen?.status.state,
    role: () => views.screen.connection.role,
    size: () => [views.screen.canvas().width, views.screen.canvas().height],
    picture: () => views.screen.canvas().toDataURL(),
    press: (...keys) => views.screen.send(keys),
    type: (text) => views.screen.type(text),
  },
};

element('vm').textContent = vm || 'Console';
await select(location.hash === '#screen' ? 'screen' : 'serial');
if (!vm) {
  show('The address names no virtual machine.');
}
