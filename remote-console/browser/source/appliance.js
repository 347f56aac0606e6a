// SPDX-License-Identifier: Apache-2.0

// The appliance's REST interface, as far as the console needs it.

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

/** Gets the right to open one WebSocket once, soon. */
export async function requestTicket(vm) {
  const headers = { Accept: 'application/json' };
  const token = document.cookie.match(/(?:^|;\s*)XSRF-TOKEN=([^;]*)/);
  if (token) {
    headers['X-XSRF-TOKEN'] = decodeURIComponent(token[1]);
  }
  const answer = await fetch(`${vmAddress(vm)}/console-tickets`, {
    method: 'POST',
    credentials: 'same-origin',
    redirect: 'error',
    headers,
  });
  if (FINAL.has(answer.status)) {
    throw new RefusedError(FINAL.get(answer.status));
  }
  if (!answer.ok) {
    throw new Error(`the appliance answers ${answer.status}`);
  }
  return (await answer.json()).ticket;
}

export function logAddress(vm) {
  return `${vmAddress(vm)}/console-log`;
}

/** The WebSocket's address; position is {stream, offset} of the next byte wanted, or null for all of the scroll-back. */
export function consoleAddress(ticket, position, role) {
  const address = new URL('/api/v1/console', location.href);
  address.protocol = address.protocol === 'http:' ? 'ws:' : 'wss:';
  address.searchParams.set('ticket', ticket);
  address.searchParams.set('role', role);
  if (position) {
    address.searchParams.set('stream', position.stream);
    address.searchParams.set('since', position.offset);
  }
  return address;
}
