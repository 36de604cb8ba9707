// The little of SVG that the charts need: elements, and a frame whose colours follow the reader's light or dark mode.
// https://www.w3.org/TR/SVG2/

/** Attributes of an element. */
export type Attributes = Readonly<Record<string, string | number>>;

/** One element. @param content elements or text that is escaped already */
export function element(name: string, attributes: Attributes, content = ''): string {
  const all = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeText(String(shortened(value)))}"`);
  return content === '' ? `<${name}${all.join('')}/>` : `<${name}${all.join('')}>${content}</${name}>`;
}

/** Text at a place. @param style a class of the frame */
export function text(x: number, y: number, words: string, style: string, more: Attributes = {}): string {
  return element('text', { x, y, class: style, ...more }, escapeText(words));
}

/** Text for the inside of an element. */
export function escapeText(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** About how wide text is. @returns pixels */
export function widthOf(words: string, size: number): number {
  return words.length * size * 0.56;
}

/** Class → its colour in light mode, in dark mode. */
const COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  back: ['#ffffff', '#0d1117'],
  title: ['#0f172a', '#f1f5f9'],
  label: ['#334155', '#cbd5e1'],
  soft: ['#64748b', '#94a3b8'],
  grid: ['#e2e8f0', '#21293a'],
  axis: ['#94a3b8', '#475569'],
  limit: ['#dc2626', '#f87171'],
  ours: ['#0369a1', '#38bdf8'],
  'ours-too': ['#7cb8de', '#1f6f9f'],
  knockd: ['#d97706', '#f59e0b'],
  fwknopd: ['#7c5cc4', '#a78bfa'],
  floor: ['#94a3b8', '#64748b'],
};

const SHAPES = [
  '.fill,.title,.label,.soft,.back,text{fill:currentColor}',
  '.line,.grid,.axis,.limit{stroke:currentColor;fill:none}',
  '.line{stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}',
  'text.limit{fill:currentColor;stroke:none}',
  '.title{font-size:16px;font-weight:600}',
  '.label{font-size:13px}',
  '.soft,text.limit{font-size:12px}',
];

/** A whole picture. @param title what it shows, for those who cannot see it too */
export function frame(width: number, height: number, title: string, content: readonly string[]): string {
  const colours = (mode: 0 | 1) =>
    Object.entries(COLOURS)
      .map(([name, pair]) => `.${name}{color:${pair[mode]}}`)
      .join('');
  const style = `${colours(0)}${SHAPES.join('')}@media (prefers-color-scheme:dark){${colours(1)}}`;
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    'font-family': 'system-ui, -apple-system, Segoe UI, DejaVu Sans, sans-serif',
    role: 'img',
    'aria-label': title,
  };
  const parts = [
    `<style>${style}</style>`,
    element('rect', { class: 'back', width, height, rx: 8 }),
    text(24, 32, title, 'title'),
    ...content,
  ];
  return `${element('svg', attributes, `\n${parts.join('\n')}\n`)}\n`;
}

/** A number of an axis: `20`, `0.5`, `10,000`, `1 M`. */
export function tickText(value: number): string {
  if (value >= 1_000_000 && value % 100_000 === 0) return `${value / 1_000_000} M`;
  return value >= 1000 ? value.toLocaleString('en') : String(value);
}

/** A tenth of a pixel is enough. */
function shortened(value: string | number): string | number {
  return typeof value === 'number' ? Number(value.toFixed(1)) : value;
}
