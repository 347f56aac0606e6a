// SPDX-License-Identifier: Apache-2.0

// Hosts, what runs on them, and for the administrator what they observed.

import { element, send, when } from './api.js';
import { cloudVmLink } from './introspection.js';

export async function hostsView(page) {
  const hosts = await send('GET', '/api/v1/hosts');
  const sections = await Promise.all(hosts.map(async (host) => section(host, await send('GET', `/api/v1/hosts/${encodeURIComponent(host.name)}/vms`), page.session.role === 'administrator' ? await send('GET', `/api/v1/hosts/${encodeURIComponent(host.name)}/cloud-vms`) : [])));
  if (hosts.length === 0) {
    sections.push(element('p', { className: 'empty' }, 'No host is configured.'));
  }
  if (page.session.role === 'administrator') {
    sections.push(findings(await send('GET', '/api/v1/findings')));
  }
  return sections;
}

function section(host, vms, cloudVms) {
  const state = host.attached ? 'attached' : 'detached';
  return element(
    'section',
    {},
    element(
      'div',
      { className: 'heading' },
      element('h2', {}, host.name),
      element('span', {}, element('span', { className: 'pill', data: { state } }, state), ' ', when(host.since)),
    ),
    element('p', { className: 'quiet' }, host.attached ? `${host.cloudVms} cloud VMs, ${host.tenantVms} tenant VMs, instance ${host.instance}` : (host.reason ?? '')),
    element('div', { className: 'row' }, ...cloudVms.map((vm) => element('a', { className: 'button', href: cloudVmLink(host.name, vm.cloudVm), data: { key: `inside-${host.name}-${vm.cloudVm}` } }, `Inside cloud VM ${vm.cloudVm}`))),
    table(
      ['VM', 'Owner', 'vCPUs', 'State', 'Last activity'],
      vms.map((vm) => [vm.vm, vm.owner ?? 'unclaimed', String(vm.vcpus), vm.disputed ? 'disputed' : vm.paused ? 'paused' : 'runs', when(vm.lastActivity)]),
    ),
  );
}

function findings(found) {
  return element(
    'section',
    {},
    element('div', { className: 'heading' }, element('h2', {}, 'Findings')),
    found.length === 0
      ? element('p', { className: 'quiet' }, 'Nothing was found.')
      : table(
          ['Finding', 'Severity', 'VM', 'Other VM', 'About', 'Evidence', 'Times', 'Last'],
          found.map((one) => [one.kind, element('span', { className: 'pill', data: { state: one.severity } }, one.severity), one.vm ?? '', one.otherVm ?? '', one.subject ?? '', one.evidence.join(', '), String(one.count), when(one.lastSeen)]),
        ),
  );
}

/** A cell with more characters breaks wherever it has to; others keep their words whole. */
const LONG_CELL = 40;

export function table(columns, rows) {
  return element(
    'div',
    { className: 'scroll', tabIndex: 0 },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, column)))),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map((cell) => element('td', { className: (cell.textContent ?? cell).length > LONG_CELL ? 'long' : '' }, cell))))),
    ),
  );
}
