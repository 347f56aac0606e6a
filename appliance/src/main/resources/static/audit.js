// SPDX-License-Identifier: Apache-2.0

// The audit trail, newest first, read on by the page.

import { element, send, when } from './api.js';
import { table } from './hosts.js';

const COLUMNS = ['When', 'What', 'Who', 'VM or host', 'From', 'Detail'];

const row = (names) => (entry) => [
  when(entry.at),
  element('span', { className: 'pill', data: { state: entry.severity } }, entry.kind.replaceAll('-', ' ')),
  entry.actor ?? '',
  names.get(entry.vm) ?? entry.subject ?? entry.vm ?? '',
  entry.address ?? '',
  entry.detail ?? '',
];

export async function auditView(page) {
  const [first, vms] = await Promise.all([send('GET', '/api/v1/audit?limit=100'), send('GET', '/api/v1/vms')]);
  const toRow = row(new Map(vms.map((vm) => [vm.id, vm.name])));
  const shown = table(COLUMNS, first.entries.map(toRow));
  const more = element('button', { hidden: !first.next }, 'Older entries');
  let next = first.next;
  more.addEventListener('click', async () => {
    try {
      const older = await send('GET', `/api/v1/audit?limit=100&before=${next}`);
      shown.querySelector('tbody').append(...table(COLUMNS, older.entries.map(toRow)).querySelectorAll('tbody tr'));
      next = older.next;
      more.hidden = !next;
    } catch (failure) {
      page.say(failure.message, true);
    }
  });
  return [element('div', { className: 'heading' }, element('h2', {}, 'Audit trail')), shown, element('p', {}, more)];
}
