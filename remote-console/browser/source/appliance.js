// SPDX-License-Identifier: Apache-2.0

// The appliance's REST interface, as far as the consoles need it.

/** The appliance has refused for good: trying again makes no sense before a person did something. */
export class RefusedError extends Error {}

const FINAL = new Map([
  [401, 'You are not logged in.'],
  [403, 'This console is not yours to open.'],
  [404, 'There is no such virtual machine.'],
]);

function vmAddress(vm) {
  return `/api/v1/vms/${encodeURIComponent(vm)}`;
}

/** Sends a request; a body goes as JSON. Gives the answer, or throws what the appliance says. */
async function send(method, path, body) {
  const headers = { Accept: 'application/json' };
  const token = document.cookie.match(/(?:^|;\s*)XSRF-TOKEN=([^;]*)/);
  if (token) {
    headers['X-XSRF-TOKEN'] = decodeURIComponent(token[1]);
  }
  if (body) {
    headers['Content-Type'] = 'application/json';
  }
  const answer = await fetch(path, {
    method,
    credentials: 'same-origin',
    redirect: 'error',
    headers,
    body: body && JSON.stringify(body),
  });
  if (FINAL.has(answer.status)) {
    throw new RefusedError(FINAL.get(answer.status));
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail ?? problem.title ?? `the appliance answers ${answer.status}`);
  }
  return answer;
}

/** Gets the right to open one WebSocket once, soon; kind is serial or graphical. */
export async function requestTicket(vm, kind) {
  const answer = await send('POST', `${vmAddress(vm)}/console-tickets`, { kind });
  return (await answer.json()).ticket;
}

export function logAddress(vm) {
  return `${vmAddress(vm)}/console-log`;
}

export function screenshotAddress(vm) {
  return `${vmAddress(vm)}/screenshot`;
}

export function recordingAddress(vm, id) {
  return `${vmAddress(vm)}/recordings/${encodeURIComponent(id)}`;
}

/** Recordings of the screen, newest first: {id, startedAt, milliseconds, bytes, inProgress}. */
export async function listRecordings(vm) {
  return (await send('GET', `${vmAddress(vm)}/recordings`)).json();
}

export async function startRecording(vm) {
  return (await send('POST', `${vmAddress(vm)}/recordings`)).json();
}

export async function stopRecording(vm, id) {
  return (await send('POST', `${recordingAddress(vm, id)}/stop`)).json();
}

export async function deleteRecording(vm, id) {
  await send('DELETE', recordingAddress(vm, id));
}

export async function fetchRecording(vm, id) {
  return (await send('GET', recordingAddress(vm, id))).arrayBuffer();
}

function socketAddress(path, ticket, role) {
  const address = new URL(path, location.href);
  address.protocol = address.protocol === 'http:' ? 'ws:' : 'wss:';
  address.searchParams.set('ticket', ticket);
  address.searchParams.set('role', role);
  return address;
}

/** The screen's WebSocket; layout is the keyboard layout of the machine, by which text is typed. */
export function displayAddress(ticket, role, layout) {
  const address = socketAddress('/api/v1/display', ticket, role);
  address.searchParams.set('layout', layout);
  return address;
}

/** The serial console's WebSocket; position is {stream, offset} of the next byte wanted, or null for all of the scroll-back. */
export function consoleAddress(ticket, position, role) {
  const address = socketAddress('/api/v1/console', ticket, role);
  if (position) {
    address.searchParams.set('stream', position.stream);
    address.searchParams.set('since', position.offset);
  }
  return address;
}
