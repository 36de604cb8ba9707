// The page: connects its forms with the model. What is typed is made and read at once; nothing is stored, nothing is sent.

import { generateSecret } from '@eightknock/codec';
import { EXAMPLES, READ_EXAMPLE } from '../examples.ts';
import { handOver } from '../hand-over.ts';
import { MAKE_FIELDS, type Made, makeSequence } from '../make.ts';
import { NOW } from '../moment.ts';
import { READ_FIELDS, readSequence } from '../read.ts';
import { describeExample, describeValidity, describeVerdict } from '../words.ts';
import { announce } from './announce.ts';
import { copyOnPress } from './copying.ts';
import { byId, elementOf, make, onPress, setText } from './elements.ts';
import { fillField, fillMakeForm, fillReadForm, showProblems, showStale, takeMakeForm, takeReadForm } from './forms.ts';
import { showMade } from './show-made.ts';
import { showRead } from './show-read.ts';

/** What is shown; undefined while the form is wrong. */
let made: Made | undefined;
let readWindow: number | undefined;

const nowSeconds = () => Date.now() / 1000;
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** What each side has come to, as it was told. */
const told = { make: '', read: '' };

/** Tells of each side only what is new. */
function update(): void {
  const now = { make: updateMake(), read: updateRead() };
  const news = [...(now.make === told.make ? [] : [now.make]), ...(now.read === told.read ? [] : [now.read])];
  Object.assign(told, now);
  if (news.length > 0) announce(news.join(' '));
}

/** @returns what there is to be told */
function updateMake(): string {
  const form = takeMakeForm();
  byId('make-minutes', HTMLInputElement).disabled = form.duration !== 'minutes';
  const result = makeSequence(form, nowSeconds());
  const problems = result.ok ? [] : result.problems;
  showProblems('make', MAKE_FIELDS, problems);
  const stale = showStale('make', 'made', problems);
  made = result.ok ? result : undefined;
  if (!made) return stale;
  showMade(made);
  showValidity(made);
  return `Eight ports: ${made.ports.join(', ')}.`;
}

/** @returns what there is to be told */
function updateRead(): string {
  const result = readSequence(takeReadForm(), nowSeconds());
  const problems = result.ok ? [] : result.problems;
  showProblems('read', READ_FIELDS, problems);
  const stale = showStale('read', 'found', problems);
  readWindow = result.ok ? result.window : undefined;
  if (!result.ok) return stale;
  showRead(result);
  return describeVerdict(result).title;
}

function showValidity(shown: Made): void {
  setText('made-validity', describeValidity(shown, nowSeconds()));
}

/** Time goes on: what was made of "now" is made anew when its window is over. */
function tick(): void {
  const now = nowSeconds();
  if (made) {
    const again = makeSequence(takeMakeForm(), now);
    if (again.ok && again.window !== made.window) updateMake();
    else showValidity(made);
  }
  if (readWindow !== undefined && takeReadForm().moment.trim().toLowerCase() === NOW) updateRead();
}

function fillBy(button: string, field: string, textOf: () => string): void {
  onPress(button, () => {
    fillField(field, textOf());
    update();
  });
}

for (const side of ['make', 'read'] as const) {
  const form = elementOf(side);
  form.addEventListener('input', update);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    update();
  });
}
fillBy('make-generate', 'make-secret', () => generateSecret(randomBytes));
fillBy('make-source', 'make-address', () => 'source');
fillBy('make-draw', 'make-nonce', () => `${(randomBytes(1)[0] as number) & 15}`);
fillBy('make-now', 'make-moment', () => NOW);
fillBy('read-now', 'read-moment', () => NOW);
onPress('made-hand-over', () => {
  if (!made) return;
  fillReadForm(handOver(takeMakeForm(), made, takeReadForm()));
  update();
  elementOf('read-title').focus();
});
copyOnPress('made-copy', 'made-ports', () => made?.ports.join(' ') ?? '');
copyOnPress('made-print-copy', 'made-print', () => elementOf('made-print').textContent ?? '');
copyOnPress('made-knock-copy', 'made-knock', () => elementOf('made-knock').textContent ?? '');
for (const example of EXAMPLES) {
  const button = make('button', '', describeExample(example));
  button.type = 'button';
  button.addEventListener('click', () => {
    fillMakeForm(example);
    update();
  });
  elementOf('examples').append(button);
}
fillMakeForm(EXAMPLES[0] as (typeof EXAMPLES)[number]);
fillReadForm(READ_EXAMPLE);
update();
setInterval(tick, 1000);
