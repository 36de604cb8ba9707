import test from 'ava';
import { ethernetModel, type LinkFacts } from '#src/capture/ethernet-model.js';

const UP = 0x1003;
const link = (name: string, type: number, mtu: number, flags = UP): LinkFacts => ({ name, type, mtu, flags });

const rows: readonly (readonly [title: string, links: readonly LinkFacts[], model: string | undefined])[] = [
  ['an Ethernet', [link('lo', 772, 65_536), link('eth0', 1, 1500)], 'eth0'],
  ['that with the shortest packets', [link('eth0', 1, 9000), link('eth1', 1, 1500)], 'eth1'],
  ['a long one rather than none', [link('eth0', 1, 9000)], 'eth0'],
  ['not one that cuts ordinary packets', [link('eth0', 1, 1280), link('eth1', 1, 9000)], 'eth1'],
  ['not one that is down', [link('eth0', 1, 1500, 0x1002)], undefined],
  [
    'not loopback, a tunnel, PPP',
    [link('lo', 772, 65_536), link('tun0', 65_534, 1500), link('ppp0', 512, 1500)],
    undefined,
  ],
  ['none', [], undefined],
];
for (const [title, links, model] of rows) test(title, (t) => t.is(ethernetModel(links), model));
