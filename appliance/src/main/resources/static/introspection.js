// SPDX-License-Identifier: Apache-2.0

// What runs in one VM: sections of a moment with search, findings, history, the difference of two moments, a scan and how far it is.

import { element, send, when } from './api.js';
import { table } from './hosts.js';

const PAGE = 200;

const number = (value) => (value === undefined ? '' : value.toLocaleString('en'));
const list = (values) => (values ?? []).join(', ');
const place = (address, port) => (address === undefined ? '' : port === undefined ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`);
const size = (bytes) => (bytes === undefined ? '' : bytes < 2 ** 20 ? `${Math.round(bytes / 2 ** 10)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`);
const seconds = (nanoseconds) => (nanoseconds === undefined ? '' : `${(nanoseconds / 1e9).toFixed(2)} s`);

/** Sections, their columns and what a fact shows in each. */
const SECTIONS = {
  processes: [['PID', 'Parent', 'User', 'State', 'Memory', 'Time', 'Command'], (one) => [String(one.pid), String(one.ppid), String(one.credentials?.euid ?? ''), one.state, size(one.residentSize), seconds(one.userTime + one.systemTime), one.kernelThread ? `[${one.name}]` : (one.commandLine ?? []).join(' ') || one.name]],
  threads: [['TID', 'PID', 'Name', 'State', 'CPU', 'Time'], (one) => [String(one.tid), String(one.pid), one.name, one.state, String(one.processor), seconds(one.userTime + one.systemTime)]],
  modules: [['Module', 'Size', 'Used', 'By', 'State', 'Taint', 'Address'], (one) => [one.name, number(one.size), String(one.references), list(one.usedBy), one.state, one.taint ?? '', mono(one.address)]],
  sockets: [['Protocol', 'State', 'Local', 'Remote', 'User', 'Processes'], (one) => [one.protocol, one.state, place(one.localAddress, one.localPort), place(one.remoteAddress, one.remotePort), String(one.uid ?? ''), list(one.pids)]],
  files: [['PID', 'FD', 'Kind', 'Path', 'Position'], (one) => [String(one.pid), String(one.fd), one.type, one.path ?? '', number(one.position)]],
  maps: [['PID', 'From', 'To', 'Rights', 'What'], (one) => [String(one.pid), mono(one.start), mono(one.end), mono(one.permissions), one.path ?? '']],
  mounts: [['Path', 'Type', 'Source', 'Options', 'Namespace'], (one) => [one.path ?? '', one.type ?? '', one.source ?? '', one.options ?? '', String(one.namespace)]],
  log: [['Time', 'Level', 'Text'], (one) => [seconds(one.time), one.level, one.text]],
  interfaces: [['Name', 'Up', 'Addresses', 'Hardware', 'MTU', 'Received', 'Sent'], (one) => [one.name, one.up ? 'up' : 'down', list(one.addresses), one.hardwareAddress ?? '', String(one.mtu), number(one.received), number(one.sent)]],
  bpf: [['ID', 'Kind', 'Name', 'Tag', 'Attached to'], (one) => [String(one.id), one.type, one.name ?? '', mono(one.tag), one.attachedTo ?? '']],
  containers: [['Name', 'Engine', 'Processes', 'Memory', 'Time', 'Read', 'Written', 'Received', 'Sent', 'Cgroup'], (one) => [one.name, one.engine ?? '', list(one.pids), size(one.memory), seconds(one.cpuTime), size(one.diskRead), size(one.diskWritten), size(one.networkReceived), size(one.networkSent), one.cgroup]],
};

const VIEWS = { findings: 'Findings', ...Object.fromEntries(Object.keys(SECTIONS).map((name) => [name, name === 'bpf' ? 'eBPF' : name[0].toUpperCase() + name.slice(1)])), search: 'Search', history: 'History' };

/** Of the page, kept from one drawing to the next. */
const state = { vm: null, view: 'processes', moment: '', q: '', offset: 0, from: '', to: '', scan: null };
let watching = null;

const mono = (text) => element('span', { className: 'mono' }, text ?? '');
/** Where the VM is in the API: a cloud VM is named by its host and number, with a slash between. */
const resource = (vm) => (vm.includes('/') ? `/api/v1/hosts/${vm.split('/').map(encodeURIComponent).join('/cloud-vms/')}` : `/api/v1/vms/${encodeURIComponent(vm)}`);
const base = (vm) => `${resource(vm)}/introspection`;

/** The address of a VM's page. */
export function introspectionLink(vm) {
  return `#introspection/${vm.id}`;
}

/** The address of a cloud VM's page. */
export function cloudVmLink(host, cloudVm) {
  return `#introspection/${encodeURIComponent(host)}/${cloudVm}`;
}

export async function introspectionView(page, ...names) {
  const argument = names.map(decodeURIComponent).join('/');
  if (argument !== state.vm) {
    watching?.close();
    watching = null;
    Object.assign(state, { vm: argument, view: 'processes', moment: '', q: '', offset: 0, from: '', to: '', scan: null });
  }
  const [vm, status] = await Promise.all([send('GET', resource(argument)), send('GET', base(argument))]);
  const may = vm.permissions?.includes('introspect') ?? true;
  const moments = may && status.moments > 0 ? await send('GET', `${base(argument)}/moments`) : [];
  if (!may) {
    state.view = 'findings';
  }
  forgetAllBut(moments);
  if (may && status.currentScan && !watching) {
    watch(page, status.currentScan);
  }
  return [heading(page, vm, status, may), summary(status), progress(state.scan), ...(may ? [tabs(page)] : []), ...(await content(page, state.view, status, moments))];
}

/** The oldest moments make way for new ones. */
function forgetAllBut(moments) {
  const kept = new Set(moments.map((moment) => String(moment.id)));
  for (const chosen of ['moment', 'from', 'to']) {
    if (!kept.has(state[chosen])) {
      state[chosen] = '';
    }
  }
}

function heading(page, vm, status, may) {
  const actions = element('div', { className: 'row' }, element('a', { className: 'button', href: state.vm.includes('/') ? '#hosts' : '#vms', data: { key: 'back' } }, state.vm.includes('/') ? 'All hosts' : 'All VMs'));
  if (may) {
    const begin = (mode) => page.act(async () => watch(page, await send('POST', `${base(state.vm)}/scans`, { mode })));
    const disabled = Boolean(status.currentScan) || status.state === 'disabled';
    actions.append(element('button', { className: 'primary', disabled, data: { key: 'scan' }, onclick: () => begin('live') }, 'Scan now'));
    if (status.maximumPauseMicroseconds > 0) {
      const title = `Holds the VM for ${status.maximumPauseMicroseconds / 1000} ms at most, so that all is of one moment`;
      actions.append(element('button', { disabled, title, data: { key: 'scan-paused' }, onclick: () => begin('paused') }, 'Scan while held'));
    }
  }
  return element('div', { className: 'heading' }, element('h2', {}, `Inside ${vm.name ?? vm.id ?? `cloud VM ${vm.cloudVm}`}`), actions);
}

function summary(status) {
  const last = status.lastScan;
  return element(
    'p',
    { className: 'quiet' },
    element('span', { className: 'pill', data: { state: status.state } }, status.state),
    ' ',
    status.kernel ? `Linux ${status.kernel.release}, build ${status.kernel.buildId.slice(0, 12)}. ` : '',
    status.reason ? `${status.reason}. ` : '',
    last ? 'Last scan ' : 'Not scanned yet. ',
    last ? when(last.endedAt) : '',
    last ? `, ${number(last.facts)} facts, ${number(last.gaps)} gaps${last.pauseMicroseconds ? `, held for ${last.pauseMicroseconds / 1000} ms` : ''}. ` : '',
    ...(status.nextScanAt ? ['Next ', when(status.nextScanAt), '.'] : []),
  );
}

function progress(scan) {
  return element(
    'div',
    { id: 'scan-progress', className: 'scan', role: 'status', hidden: !scan },
    ...(scan ? [element('progress', { max: scan.steps, value: scan.done, 'aria-label': 'Scan' }), element('span', { className: 'quiet' }, scan.step ? `${scan.step}, ${number(scan.facts)} facts` : scan.state)] : []),
  );
}

/** Follows a scan by server-sent events; only its progress is drawn anew until it has ended. */
function watch(page, scan) {
  watching?.close();
  const vm = state.vm;
  state.scan = scan;
  watching = new EventSource(`${base(vm)}/scans/${scan.id}/events`);
  watching.addEventListener('scan', (event) => {
    const now = JSON.parse(event.data);
    state.scan = now.endedAt ? null : now;
    document.getElementById('scan-progress')?.replaceWith(progress(state.scan));
    if (now.endedAt) {
      watching.close();
      watching = null;
      state.moment = '';
      page.say(now.reason ? `Scan ${now.state}: ${now.reason}` : `Scan ${now.state}`, !['completed', 'partial'].includes(now.state));
      page.refresh();
    }
  });
  watching.addEventListener('error', () => {
    watching?.close();
    watching = null;
    state.scan = null;
  });
}

function tabs(page) {
  const show = (view) => {
    Object.assign(state, { view, offset: 0 });
    page.refresh();
  };
  return element(
    'nav',
    { className: 'tabs', 'aria-label': 'Inside' },
    ...Object.entries(VIEWS).map(([view, title]) => element('button', { 'aria-current': String(view === state.view), data: { key: `tab-${view}` }, onclick: () => show(view) }, title)),
  );
}

async function content(page, view, status, moments) {
  if (view === 'findings') {
    return findings(await send('GET', `${base(state.vm)}/findings?limit=1000`));
  }
  if (moments.length === 0) {
    return [element('p', { className: 'empty' }, status.reason ?? 'Nothing has been seen yet.')];
  }
  if (view === 'history') {
    return history(page, moments);
  }
  const query = new URLSearchParams({ limit: PAGE });
  if (state.q) {
    query.set('q', state.q);
  }
  if (state.moment) {
    query.set('moment', state.moment);
  }
  if (view === 'search') {
    return search(page, moments, state.q ? await send('GET', `${base(state.vm)}/search?${query}`) : null);
  }
  query.set('offset', state.offset);
  return section(page, view, moments, await send('GET', `${base(state.vm)}/${view}?${query}`));
}

/** What a section can be narrowed by. A form, so that a word is sent when it is complete. */
function narrow(page, moments) {
  const form = element(
    'form',
    { className: 'narrow' },
    element('input', { name: 'q', type: 'search', defaultValue: state.q, placeholder: 'Search', 'aria-label': 'Search', data: { key: 'q' } }),
    element(
      'select',
      { name: 'moment', 'aria-label': 'Moment', data: { key: 'moment' }, onchange: () => form.requestSubmit() },
      element('option', { value: '' }, 'Newest moment'),
      ...moments.map((moment) => element('option', { value: moment.id, defaultSelected: String(moment.id) === state.moment }, label(moment))),
    ),
    element('button', { data: { key: 'apply' } }, 'Show'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    Object.assign(state, Object.fromEntries(new FormData(form)), { offset: 0 });
    page.refresh();
  });
  return form;
}

const label = (moment) => `${moment.id}: ${new Date(moment.at).toLocaleString()}, ${moment.mode === 'paused' ? 'held' : 'live'}`;

function gapBanner(key, gaps) {
  return gaps.length === 0
    ? null
    : element(
        'details',
        { className: 'banner', data: { key } },
        element('summary', {}, 'Not everything could be read: something may be missing here'),
        element('ul', {}, ...gaps.map((gap) => element('li', {}, `${gap.reason.replaceAll('-', ' ')}: ${gap.what}${gap.address ? ` at ${gap.address}` : ''}, ${number(gap.count)} times`))),
      );
}

function section(page, view, moments, shown) {
  const [columns, row] = SECTIONS[view];
  const turn = (text, by, disabled) => element('button', { disabled, data: { key: text }, onclick: () => { state.offset = Math.max(0, state.offset + by); page.refresh(); } }, text);
  return [
    narrow(page, moments),
    gapBanner('gaps', shown.gaps),
    element('p', { className: 'quiet' }, shown.total === 0 ? 'Nothing fits.' : `${number(shown.offset + 1)} to ${number(shown.offset + shown.facts.length)} of ${number(shown.total)}, seen `, shown.total === 0 ? '' : when(shown.at)),
    table(columns, shown.facts.map(row)),
    element('div', { className: 'row' }, turn('Previous', -PAGE, shown.offset === 0), turn('Next', PAGE, shown.next === undefined)),
  ].filter(Boolean);
}

function search(page, moments, found) {
  const hits = found?.hits ?? [];
  const sections = [...new Set(hits.map((hit) => hit.section))];
  return [
    narrow(page, moments),
    element('p', { className: 'quiet' }, found ? `${number(found.total)} hits${found.total > hits.length ? `, the first ${hits.length} shown` : ''}` : 'A word, a number, a path or an address.'),
    ...sections.map((name) => element('section', {}, element('h3', {}, VIEWS[name]), table(SECTIONS[name][0], hits.filter((hit) => hit.section === name).map((hit) => SECTIONS[name][1](hit.fact))))),
  ];
}

function findings(found) {
  return [
    gapBanner('gaps', found.gaps),
    found.total === 0
      ? element('p', { className: 'empty' }, 'Nothing was found that should not be there.')
      : table(
          ['Finding', 'Severity', 'About', 'Evidence', 'Times', 'First', 'Last', 'Over'],
          found.findings.toReversed().map((one) => [one.kind.replaceAll('-', ' '), element('span', { className: 'pill', data: { state: one.closed ? 'closed' : one.severity } }, one.severity), one.subject ?? '', one.evidence.join(', '), number(one.count), when(one.firstSeen), when(one.lastSeen), one.closed ? when(one.closed) : '']),
        ),
  ].filter(Boolean);
}

async function history(page, moments) {
  const from = state.from || String((moments[1] ?? moments[0]).id);
  const to = state.to || String(moments[0].id);
  const choose = (name, chosen) =>
    element('select', { name, 'aria-label': name, data: { key: name }, onchange: () => form.requestSubmit() }, ...moments.map((moment) => element('option', { value: moment.id, defaultSelected: String(moment.id) === chosen }, label(moment))));
  const form = element('form', { className: 'narrow' }, 'From', choose('from', from), 'to', choose('to', to), element('button', { data: { key: 'compare' } }, 'Compare'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    Object.assign(state, Object.fromEntries(new FormData(form)));
    page.refresh();
  });
  const compared = from === to ? { sections: [] } : await send('GET', `${base(state.vm)}/diff?from=${from}&to=${to}`);
  const changed = compared.sections.filter((one) => one.appearedTotal + one.goneTotal + one.changedTotal > 0);
  return [
    table(['Moment', 'When', 'Mode', 'Held', 'Processes', 'Modules', 'Sockets', 'Gaps'], moments.map((one) => [String(one.id), when(one.at), one.mode, one.pauseMicroseconds ? `${one.pauseMicroseconds / 1000} ms` : '', number(one.sections.processes), number(one.sections.modules), number(one.sections.sockets), number(one.gaps)])),
    form,
    changed.length === 0 ? element('p', { className: 'quiet' }, from === to ? 'Choose two moments.' : 'Nothing changed.') : null,
    ...changed.map(difference),
  ].filter(Boolean);
}

function difference(one) {
  const [columns, row] = SECTIONS[one.section];
  const marked = (sign, facts) => facts.map((fact) => [element('span', { className: 'mono' }, sign), ...row(fact)]);
  return element(
    'section',
    {},
    element('h3', {}, `${VIEWS[one.section]}: ${number(one.appearedTotal)} appeared, ${number(one.goneTotal)} gone, ${number(one.changedTotal)} changed`),
    gapBanner(`gaps-${one.section}`, one.gaps),
    table(['', ...columns], [...marked('+', one.appeared), ...marked('−', one.gone), ...one.changed.flatMap(({ before, after }) => [...marked('<', [before]), ...marked('>', [after])])]),
  );
}
