// A program's description, and the few texts that only a manual page has → the page, in mdoc(7). Pure.

import type { ArgumentDescription, CommandDescription, OptionDescription } from './describe-command.ts';
import { formatLiteral, formatText, macroWord } from './mdoc.ts';

/** Something with a name and what is to be said of it. */
export type ManualEntry = readonly [name: string, text: string];

/** What `--help` does not say. Texts are plain; what is typed may stand in grave accents. */
export interface ManualTexts {
  /** Section of the manual: 1 for everybody's programs, 8 for the administrator's. */
  readonly section: 1 | 8;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly environment: readonly ManualEntry[];
  readonly files: readonly ManualEntry[];
  readonly exitStatus: readonly ManualEntry[];
  /** What it is for, and the command lines. */
  readonly examples: readonly (readonly [text: string, ...lines: string[]])[];
  /** Other pages: name and section. */
  readonly seeAlso: readonly (readonly [name: string, section: number])[];
}

/** Which edition of the page it is. */
export interface ManualEdition {
  readonly version: string;
  /** Its date, UTC. */
  readonly date: Date;
}

/** Formats the page. */
export function formatManual(program: CommandDescription, texts: ManualTexts, edition: ManualEdition): string {
  const { name } = program;
  const lines = [
    `.\\" ${name} ${edition.version}`,
    `.Dd ${formatDate(edition.date)}`,
    `.Dt ${name.toUpperCase()} ${texts.section}`,
    '.Os',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${asPhrase(program.help)}`,
    '.Sh SYNOPSIS',
    ...formatSynopsis(program),
    '.Sh DESCRIPTION',
    ...formatParagraphs(texts.description),
    ...section('OPTIONS', formatMeaning(program)),
    ...(program.commands.length > 0 ? ['.Sh COMMANDS', ...program.commands.flatMap(formatCommand)] : []),
    ...section('ENVIRONMENT', formatEntries(texts.environment, 'Ev')),
    ...section('FILES', formatEntries(texts.files, 'Pa')),
    ...section('EXIT STATUS', formatEntries(texts.exitStatus, 'Li')),
    ...section(
      'EXAMPLES',
      texts.examples.flatMap(([text, ...commands], i) => [
        ...(i > 0 ? ['.Pp'] : []),
        ...formatText(text),
        ...formatLiteral(commands),
      ]),
    ),
    ...section(
      'SEE ALSO',
      texts.seeAlso.map(([other, number], i, all) => `.Xr ${other} ${number}${i < all.length - 1 ? ' ,' : ''}`),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

function formatDate(date: Date): string {
  return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
}

/** As the name of a page goes on: "name – phrase". */
function asPhrase(sentence: string): string {
  return formatText(`${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`.replace(/\.$/, '')).join(' ');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [`.Sh ${title}`, ...lines] : [];
}

function formatParagraphs(paragraphs: readonly string[]): string[] {
  return paragraphs.flatMap((text, i) => [...(i > 0 ? ['.Pp'] : []), ...formatText(text)]);
}

function formatSynopsis(program: CommandDescription): string[] {
  // A program that has a default command does nothing by itself.
  const own = program.defaultCommand ? [] : [['.Nm', ...formatUsage(program)]];
  const commands = program.commands.map((command) => [
    '.Nm',
    `.Cm ${macroWord(command.name)}`,
    ...formatUsage(command),
  ]);
  return [...own, ...commands].flat();
}

/** Options that can be left out are named once, together; then the arguments. */
function formatUsage({ options, arguments: args }: CommandDescription): string[] {
  const mandatory = options.filter(({ isMandatory }) => isMandatory);
  return [
    ...(options.length > mandatory.length ? ['.Op Ar options'] : []),
    ...mandatory.map((option) => `.${formatFlags(option)}`),
    ...args.map(formatArgument),
  ];
}

function formatArgument({ isRequired, isVariadic, value: { placeholder } }: ArgumentDescription): string {
  const name = `Ar ${macroWord(placeholder)}${isVariadic ? ' ...' : ''}`;
  return isRequired ? `.${name}` : `.Op ${name}`;
}

function formatCommand(command: CommandDescription): string[] {
  return [`.Ss ${macroWord(command.name)}`, ...formatText(asSentence(command.help)), ...formatMeaning(command)];
}

/** What arguments and options mean. */
function formatMeaning({ arguments: args, options }: CommandDescription): string[] {
  const items = [
    ...args
      .filter(({ help }) => help !== '')
      .flatMap(({ value, isVariadic, help }) => [
        `.It Ar ${macroWord(value.placeholder)}${isVariadic ? ' ...' : ''}`,
        ...formatText(asSentence(help)),
      ]),
    ...options.flatMap((option) => [`.It ${formatFlags(option)}`, ...formatText(asSentence(option.help))]),
  ];
  return formatList(items);
}

/** `Fl 4 , Fl \-ipv4`: mdoc writes the first dash itself. */
function formatFlags({ short, long, value, isValueOptional }: OptionDescription): string {
  const flags = [short, long].flatMap((flag) => (flag === undefined ? [] : [`Fl ${macroWord(flag.slice(1))}`]));
  const argument = value && `Ar ${macroWord(value.placeholder)}`;
  return `${flags.join(' , ')}${argument ? ` ${isValueOptional ? `Op ${argument}` : argument}` : ''}`;
}

function asSentence(text: string): string {
  const sentence = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
}

function formatEntries(entries: readonly ManualEntry[], macro: string): string[] {
  return formatList(entries.flatMap(([name, text]) => [`.It ${macro} ${macroWord(name)}`, ...formatText(text)]));
}

/** A list without items is an error to mandoc. */
function formatList(items: readonly string[]): string[] {
  return items.length > 0 ? ['.Bl -tag -width Ds', ...items, '.El'] : [];
}
