// SPDX-License-Identifier: Apache-2.0

// The list of VMs: for its tenant with everything, for others with what the appliance tells them.

import { element, send, when } from './api.js';
import { introspectionLink } from './introspection.js';

const STATES = {
  unclaimed: 'No VM has enrolled with this record’s secret yet',
  enrolled: 'Enrolled and running',
  silent: 'Enrolled, but nothing is heard of it now',
  paused: 'Held on request',
  gone: 'The enrolled VM has ended; renew the secret to enrol another',
  disputed: 'Its identity is in doubt: see the findings',
};

const address = (vm) => `/api/v1/vms/${encodeURIComponent(vm.id)}`;
const may = (vm, what) => vm.permissions.includes(what);

export async function vmsView(page) {
  const vms = await send('GET', '/api/v1/vms');
  const heading = element('div', { className: 'heading' }, element('h2', {}, 'Virtual machines'));
  if (page.session.role !== 'operator') {
    heading.append(element('button', { className: 'primary', id: 'new-vm', data: { key: 'new' }, onclick: () => create(page) }, 'New VM'));
  }
  if (vms.length === 0) {
    return [heading, element('p', { className: 'empty' }, 'There are no VMs yet. Create a record, put its secret into the VM’s image, and start the VM.')];
  }
  return [heading, element('ul', { className: 'cards' }, ...vms.map((vm) => card(page, vm)))];
}

function card(page, vm) {
  const facts = element('dl');
  const fact = (name, ...value) => facts.append(element('dt', {}, name), element('dd', {}, ...value));
  fact('Owner', vm.owner);
  if (vm.vcpus !== undefined) {
    fact('vCPUs', String(vm.vcpus));
    fact('Last activity', when(vm.lastActivity));
    fact('Host', vm.host);
  }
  if (vm.secretExpiresAt) {
    fact('Secret ends', when(vm.secretExpiresAt));
  }
  return element(
    'li',
    { className: 'card', data: { vm: vm.name ?? vm.id } },
    element(
      'header',
      {},
      element('h3', {}, vm.name ?? vm.id),
      element('span', { className: 'pill', title: STATES[vm.state], data: { state: vm.state } }, vm.state),
    ),
    ...(vm.notices ?? []).map((notice) => banner(page, vm, notice)),
    ...(vm.findings ?? []).filter((found) => !found.closed).map(finding),
    facts,
    element('div', { className: 'actions' }, ...actions(page, vm)),
  );
}

function banner(page, vm, notice) {
  return element(
    'div',
    { className: 'banner', role: 'alert' },
    element('p', {}, notice.text, ' ', element('span', { className: 'quiet' }, notice.times > 1 ? `${notice.times} times, last ` : '', when(notice.lastAt))),
    may(vm, 'manage')
      ? element('button', { className: 'plain', 'aria-label': 'Dismiss', data: { key: `dismiss-${vm.id}-${notice.code}` }, onclick: () => page.act(() => send('DELETE', `${address(vm)}/notices/${notice.code}`)) }, '×')
      : null,
  );
}

function finding(found) {
  return element(
    'div',
    { className: 'banner bad', role: 'alert' },
    element('p', {}, `${[found.kind.replaceAll('-', ' '), found.subject].filter(Boolean).join(', ')}: ${found.evidence.join(', ')}, seen ${found.count} times, last `, when(found.lastSeen)),
  );
}

function actions(page, vm) {
  const shown = [];
  const button = (key, text, onclick, className = '') => shown.push(element('button', { className, data: { key: `${key}-${vm.id}` }, onclick }, text));
  const runs = ['enrolled', 'silent', 'paused', 'disputed'].includes(vm.state);
  if (may(vm, 'console') && runs) {
    const link = (view) => ({ href: `/console/vm.html?vm=${encodeURIComponent(vm.name)}#${view}`, target: '_blank', rel: 'noopener' });
    shown.push(element('a', { className: 'button primary', data: { key: `console-${vm.id}`, action: 'console' }, ...link('serial') }, 'Console'));
    shown.push(element('a', { className: 'button primary', title: page.session.vncPort ? `VNC viewers: ${location.hostname}::${page.session.vncPort}, user ${vm.name}` : '', data: { key: `screen-${vm.id}`, action: 'screen' }, ...link('screen') }, 'Screen'));
    if (page.session.sshPort) {
      const command = `ssh -p ${page.session.sshPort} ${vm.name}@${location.hostname}`;
      shown.push(element('button', { title: `${command}\nHost key ${page.session.sshHostKey}`, data: { key: `ssh-${vm.id}` }, onclick: () => page.copy(command) }, 'Copy SSH command'));
    }
  }
  if (may(vm, 'inspect') && runs) {
    shown.push(element('a', { className: 'button', href: introspectionLink(vm), data: { key: `inside-${vm.id}`, action: 'inside' } }, 'Inside'));
  }
  if (may(vm, 'pause') && runs) {
    if (vm.state === 'paused') {
      button('resume', 'Resume', () => page.act(() => send('POST', `${address(vm)}/resume`), `${vm.name} goes on`));
    } else {
      button('pause', 'Pause', () => page.act(() => send('POST', `${address(vm)}/pause`), `${vm.name} is held`));
    }
  }
  if (may(vm, 'manage')) {
    button('renew', 'New secret', () => renew(page, vm, runs));
    button('delete', 'Delete', () => remove(page, vm), 'danger');
  }
  return shown;
}

function create(page) {
  const form = element(
    'form',
    { className: 'fields' },
    element('label', {}, 'Name', element('input', { name: 'name', required: true, pattern: '[a-z0-9][a-z0-9\\-]{0,62}', title: 'small letters, digits and hyphens', autocomplete: 'off', spellcheck: false })),
    page.session.tenants
      ? element('label', {}, 'Tenant', element('select', { name: 'tenant' }, ...page.session.tenants.map((tenant) => element('option', {}, tenant))))
      : null,
    buttons(page, 'Create'),
  );
  const dialog = page.dialog('New VM', form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    page.act(async () => {
      const created = await send('POST', '/api/v1/vms', Object.fromEntries(new FormData(form)));
      dialog.close();
      showSecret(page, created);
    });
  });
}

function renew(page, vm, runs) {
  const form = element(
    'form',
    { className: 'fields' },
    element('p', {}, runs ? `${vm.name} is enrolled and may still run. A new secret releases it: its console closes, and it must enrol again.` : 'Every older secret of this VM ends.'),
    buttons(page, 'Renew', runs ? 'danger' : 'primary'),
  );
  const dialog = page.dialog(`New secret for ${vm.name}`, form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    page.act(async () => {
      const renewed = await send('POST', `${address(vm)}/secret`, { release: runs });
      dialog.close();
      showSecret(page, renewed);
    });
  });
}

function remove(page, vm) {
  const form = element('form', { className: 'fields' }, element('p', {}, 'The VM itself, if it runs, goes on; nobody can open its console any more.'), buttons(page, 'Delete', 'danger'));
  const dialog = page.dialog(`Delete ${vm.name}?`, form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    dialog.close();
    page.act(() => send('DELETE', address(vm)), `${vm.name} is deleted`);
  });
}

function buttons(page, text, className = 'primary') {
  return element('div', { className: 'row' }, element('button', { type: 'button', onclick: (event) => event.target.closest('dialog').close() }, 'Cancel'), element('button', { className }, text));
}

function showSecret(page, { vm, secret }) {
  page.dialog(
    `Secret of ${vm.name}`,
    element('p', {}, 'Put it into the VM’s image, readable by root alone, and have the VM run the ultracall tool with it once. It works once and is shown only now.'),
    element('output', { className: 'secret mono' }, secret),
    element('p', { className: 'quiet' }, 'It ends ', when(vm.secretExpiresAt), '.'),
    element('div', { className: 'row' }, element('button', { onclick: () => page.copy(secret) }, 'Copy'), element('button', { className: 'primary', onclick: (event) => event.target.closest('dialog').close() }, 'Done')),
  );
}
