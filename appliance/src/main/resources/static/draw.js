// SPDX-License-Identifier: Apache-2.0

// How a view gets onto the page, again and again.

/**
 * Shows elements in a place. What looks the same already is left alone, so that what is typed, marked or scrolled there stays; it must
 * therefore do the same, too: handlers read what may have changed when they are called. What is replaced keeps the keyboard, what
 * was typed, and what was unfolded, by its `data-key`.
 */
export function draw(place, elements) {
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  elements.forEach((made, index) => {
    const shown = place.children[index];
    if (!shown) {
      place.append(made);
      return;
    }
    takeOver(shown, made);
    if (!shown.isEqualNode(made)) {
      shown.replaceWith(made);
    }
  });
  while (place.children.length > elements.length) {
    place.lastElementChild.remove();
  }
  if (focused && !focused.isConnected) {
    // A focus that jumps is useless to a screen reader.
    byKey(place, focused)?.focus();
  }
}

const all = (element, selector) => [...(element.matches(selector) ? [element] : []), ...element.querySelectorAll(selector)];
const byKey = (place, { dataset }) => all(place, '[data-key]').find((one) => one.dataset.key === dataset.key);

function takeOver(shown, made) {
  for (const details of all(shown, 'details[open]')) {
    const heir = byKey(made, details);
    if (heir) {
      heir.open = true;
    }
  }
  for (const input of all(shown, 'input')) {
    const heir = byKey(made, input);
    if (heir && input.value !== input.defaultValue) {
      heir.value = input.value;
    }
  }
}
