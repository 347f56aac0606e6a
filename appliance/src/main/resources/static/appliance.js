// SPDX-License-Identifier: Apache-2.0

// The signed-in page: frame, views and what is said at the bottom.

import { Problem, applyTheme, element, send, switchTheme } from './api.js';
import { auditView } from './audit.js';
import { draw } from './draw.js';
import { hostsView } from './hosts.js';
import { introspectionView } from './introspection.js';
import { vmsView } from './vms.js';

const REFRESH = 5_000;

const views = {
  vms: { title: 'VMs', show: vmsView, roles: ['tenant', 'operator', 'administrator'] },
  hosts: { title: 'Hosts', show: hostsView, roles: ['operator', 'administrator'] },
  introspection: { show: introspectionView, roles: ['tenant', 'administrator'] },
  audit: { title: 'Audit', show: auditView, roles: ['tenant', 'administrator'] },
};

const main = document.getElementById('view');
const navigation = document.getElementById('views');
const toast = document.getElementById('toast');
const dialog = document.getElementById('dialog');

let session = null;
let shown = '';
let drawings = 0;
let toastTimer = null;

const page = {
  get session() {
    return session;
  },

  say(text, bad = false) {
    clearTimeout(toastTimer);
    toast.textContent = text;
    toast.classList.toggle('bad', bad);
    toast.hidden = false;
    toastTimer = setTimeout(() => { toast.hidden = true; }, 6_000);
  },

  /** Runs what a button does; a refusal is said, and the view is shown anew. */
  async act(action, done) {
    try {
      await action();
      if (done) {
        page.say(done);
      }
      await refresh();
    } catch (failure) {
      fail(failure);
    }
  },

  dialog(title, ...content) {
    dialog.replaceChildren(element('h2', { id: 'dialog-title' }, title), ...content);
    dialog.showModal();
    return dialog;
  },

  /** Shows the view anew. */
  refresh() {
    refresh().catch(fail);
  },

  async copy(text) {
    await navigator.clipboard.writeText(text);
    page.say('Copied');
  },
};

function fail(failure) {
  if (failure instanceof Problem && failure.status === 401) {
    location.replace('/login.html');
    return;
  }
  page.say(failure.message, true);
}

/** Name of the view and what it is about, as in #introspection/VM. */
function current() {
  const [wanted, ...argument] = location.hash.slice(1).split('/');
  const fits = views[wanted]?.roles.includes(session.role) && Boolean(views[wanted].title) === (argument.length === 0);
  return fits ? [wanted, ...argument] : ['vms'];
}

function drawNavigation() {
  const links = Object.entries(views)
    .filter(([, view]) => view.title && view.roles.includes(session.role))
    .map(([name, view]) => {
      const link = element('a', { href: `#${name}` }, view.title);
      if (name === current()[0]) {
        link.setAttribute('aria-current', 'page');
      }
      return link;
    });
  navigation.replaceChildren(...links);
}

/** What an older drawing has fetched comes too late once a newer one has begun. */
async function refresh() {
  const drawing = ++drawings;
  const [name, ...argument] = current();
  const content = await views[name].show(page, ...argument);
  if (drawing === drawings) {
    draw(main, content);
    main.setAttribute('aria-busy', 'false');
    shown = name;
  }
}

async function start() {
  applyTheme();
  try {
    session = await send('GET', '/api/v1/session');
  } catch (failure) {
    fail(failure);
    return;
  }
  document.getElementById('account').textContent = `${session.account} (${session.role})`;
  document.getElementById('theme').addEventListener('click', switchTheme);
  document.getElementById('sign-out').addEventListener('click', async () => {
    try {
      await send('POST', '/logout');
    } finally {
      location.replace('/login.html');
    }
  });
  addEventListener('hashchange', () => {
    drawNavigation();
    refresh().catch(fail);
  });
  drawNavigation();
  await refresh().catch(fail);
  setInterval(() => {
    if (!document.hidden && !dialog.open && shown !== 'audit') {
      refresh().catch(fail);
    }
  }, REFRESH);
}

await start();
