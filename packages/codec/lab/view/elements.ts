// The elements of the page, and new ones.

/**
 * The element with an id, of the kind that is expected.
 * @throws Error when the page has no such one
 */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${kind.name} "${id}"`);
}

/** Any element with an id. */
export function elementOf(id: string): HTMLElement {
  return byId(id, HTMLElement);
}

/** Does something when a button is pressed. */
export function onPress(id: string, act: () => void): void {
  elementOf(id).addEventListener('click', act);
}

/** Makes an element. @param content its text, or what is in it */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  content: string | readonly Node[] = [],
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  if (typeof content === 'string') element.textContent = content;
  else element.append(...content);
  return element;
}

/** Sets a text, unless it stands there: what somebody has selected stays selected. */
export function setText(id: string, text: string): void {
  const element = elementOf(id);
  if (element.textContent !== text) element.textContent = text;
}
