// Draws what was made: the ports, the way of the block, the knocks on their strip, the command lines.

import { knockCommand, printCommand } from '../command-lines.ts';
import { toHex } from '../hex.ts';
import type { Made } from '../make.ts';
import { describeRequest, describeWindow } from '../words.ts';
import { elementOf, make, setText } from './elements.ts';

const SVG = 'http://www.w3.org/2000/svg';
const STRIP = 256;

/** Shows a sequence. */
export function showMade(made: Made): void {
  const { request, ports } = made;
  setText('made-request', describeRequest(request.address, request.port, request.time));
  elementOf('made-ports').replaceChildren(...ports.map((port) => make('li', '', `${port}`)));
  setText('made-window', describeWindow(made));
  elementOf('made-way').replaceChildren(make('tbody', '', wayOf(made)));
  drawStrip(elementOf('made-strip'), made);
  showCommand('made-print', printCommand(made));
  showCommand('made-knock', knockCommand(made));
}

/** Word for word, so that a line breaks between two of them and not within one. */
function showCommand(id: string, command: string): void {
  const element = elementOf(id);
  if (element.textContent === command) return;
  const words = command.split(' ').flatMap((word) => [document.createTextNode(' '), make('span', 'word', word)]);
  element.replaceChildren(...words.slice(1));
}

/** Which field each of the eight bytes belongs to; the last one has two. */
const FIELDS = ['address', 'address', 'address', 'address', 'port', 'port', 'time', 'last'];

function wayOf(made: Made): HTMLTableRowElement[] {
  const { request, nonce, block, cipher, ports, basePort, window, windowKey } = made;
  const address = request.address.includes(':') ? `hash of ${request.address}` : request.address;
  const check = (block[7] as number) & 15;
  return [
    headOf('The fields'),
    make('tr', '', [
      fieldOf('address', 4, 'address', address),
      fieldOf('port', 2, 'port', `${request.port}`),
      fieldOf('time', 1, 'time', `${request.time}`),
      fieldOf('last', 1, 'nonce check', `${nonce}, ${check}`),
    ]),
    headOf('Eight plain bytes'),
    rowOf(bytesOf(block), (i) => FIELDS[i] ?? ''),
    headOf('Blowfish, with the key of this client in this window', `K_w of ${window}: ${toHex(windowKey)}`),
    headOf('Eight cipher bytes'),
    rowOf(bytesOf(cipher), () => 'cipher'),
    headOf(`Eight ports: ${basePort} + byte`),
    rowOf(ports.map(String), () => 'knock'),
  ];
}

function headOf(title: string, key = ''): HTMLTableRowElement {
  const texts = [make('span', '', title), ...(key === '' ? [] : [make('code', 'key-text', key)])];
  const head = make('th', key === '' ? 'step' : 'step key', texts);
  head.colSpan = 8;
  return make('tr', '', [head]);
}

function fieldOf(className: string, columns: number, name: string, value: string): HTMLTableCellElement {
  const cell = make('td', `cell ${className}`, [make('span', 'name', name), make('span', 'value', value)]);
  cell.colSpan = columns;
  return cell;
}

function rowOf(texts: readonly string[], classOf: (byte: number) => string): HTMLTableRowElement {
  return make(
    'tr',
    '',
    texts.map((text, i) => make('td', `cell byte ${classOf(i)}`, text)),
  );
}

function bytesOf(bytes: Uint8Array): string[] {
  return Array.from(bytes, (byte) => toHex(Uint8Array.of(byte)));
}

/** One row for each knock, from left to right the 256 ports. */
function drawStrip(strip: HTMLElement, { ports, basePort, cipher }: Made): void {
  const line = document.createElementNS(SVG, 'svg');
  line.setAttribute('viewBox', `0 0 ${STRIP} ${ports.length}`);
  line.setAttribute('preserveAspectRatio', 'none');
  const way = document.createElementNS(SVG, 'polyline');
  way.setAttribute('points', Array.from(cipher, (byte, i) => `${byte + 0.5},${i + 0.5}`).join(' '));
  way.setAttribute('vector-effect', 'non-scaling-stroke');
  line.append(way);
  const rows = Array.from(cipher, (byte, i) => {
    const dot = make('span', byte > 0.7 * STRIP ? 'dot left' : 'dot', [
      make('b', '', `${i + 1}`),
      make('i', '', `${ports[i]}`),
    ]);
    // Not an attribute, which the policy of the page would forbid.
    dot.style.left = `${((byte + 0.5) / STRIP) * 100}%`;
    return make('div', 'row', [dot]);
  });
  const field = make('div', 'field-of-knocks', [line, ...rows]);
  const ends = make('div', 'ends', [make('span', '', `${basePort}`), make('span', '', `${basePort + STRIP - 1}`)]);
  strip.setAttribute('aria-label', `From ${basePort} to ${basePort + STRIP - 1}: ${ports.join(', then ')}`);
  strip.replaceChildren(field, ends);
}
