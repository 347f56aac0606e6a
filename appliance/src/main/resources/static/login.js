// SPDX-License-Identifier: Apache-2.0

import { applyTheme, send } from './api.js';

const form = document.getElementById('login');
const error = document.getElementById('error');
const button = document.getElementById('sign-in');

applyTheme();

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  error.textContent = '';
  button.disabled = true;
  try {
    await send('POST', '/login', new URLSearchParams(new FormData(form)));
    location.replace('/');
  } catch (refusal) {
    error.textContent = `${refusal.message}.`;
    document.getElementById('password').select();
  } finally {
    button.disabled = false;
  }
});
