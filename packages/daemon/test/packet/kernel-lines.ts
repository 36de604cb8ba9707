// Lines that a kernel (6.18) wrote for packets between two network namespaces: one packet logged by several rules, and
// packets that are no knocks. The rules are named by their prefixes:
//   ipt      iptables -j LOG                      nft      nft log prefix
//   ipt-seq  --log-tcp-sequence --log-ip-options --log-tcp-options      nft-all  log flags all
//   ipt-mac  --log-macdecode                      none     iptables -j LOG without a prefix

const MAC = 'MAC=52:70:a7:5f:73:59:02:74:8f:8d:ca:15';
const MACS = 'MACSRC=02:74:8f:8d:ca:15 MACDST=52:70:a7:5f:73:59';
const TCP4 = 'SRC=10.77.0.2 DST=10.77.0.1 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=65272 DF PROTO=TCP SPT=58392 DPT=745';
const TCP6 =
  'SRC=fd77:0000:0000:0000:0000:0000:0000:0002 DST=fd77:0000:0000:0000:0000:0000:0000:0001 LEN=80 TC=0 HOPLIMIT=64 FLOWLBL=97667 PROTO=TCP SPT=34040 DPT=747';
const SYN4 = 'WINDOW=64240 RES=0x00 SYN URGP=0';
const SYN6 = 'WINDOW=64800 RES=0x00 SYN URGP=0';
const OPT4 = 'OPT (020405B40402080ABE1A3E04000000000103030A)';
const OPT6 = 'OPT (020405A00402080A851D50D5000000000103030A)';

/** One SYN over IPv4 from 10.77.0.2 port 58392 to port 745, sequence number 1444299591 where it is told. */
export const SYN_IPV4 = {
  ipt: `ipt: IN=eth0 OUT= ${MAC}:08:00 ${TCP4} ${SYN4} `,
  'ipt-seq': `ipt-seq: IN=eth0 OUT= ${MAC}:08:00 ${TCP4} SEQ=1444299591 ACK=0 ${SYN4} ${OPT4} `,
  'ipt-mac': `ipt-mac: IN=eth0 OUT= ${MACS} MACPROTO=0800 ${TCP4} ${SYN4} `,
  nft: `nft-plain: IN=eth0 OUT= ${MAC}:08:00 ${TCP4} ${SYN4} `,
  'nft-all': `nft-all: IN=eth0 OUT= ${MACS} MACPROTO=0800 ${TCP4} SEQ=1444299591 ACK=0 ${SYN4} ${OPT4} `,
} as const;

/** One SYN over IPv6 from fd77::2 port 34040 to port 747, sequence number 1132780079 where it is told. */
export const SYN_IPV6 = {
  ipt: `ipt: IN=eth0 OUT= ${MAC}:86:dd ${TCP6} ${SYN6} `,
  'ipt-seq': `ipt-seq: IN=eth0 OUT= ${MAC}:86:dd ${TCP6} SEQ=1132780079 ACK=0 ${SYN6} ${OPT6} `,
  'ipt-mac': `ipt-mac: IN=eth0 OUT= ${MACS} MACPROTO=86dd ${TCP6} ${SYN6} `,
  nft: `nft-plain: IN=eth0 OUT= ${MAC}:86:dd ${TCP6} ${SYN6} `,
  'nft-all': `nft-all: IN=eth0 OUT= ${MACS} MACPROTO=86dd ${TCP6} SEQ=1132780079 ACK=0 ${SYN6} ${OPT6} `,
} as const;

/** Datagrams: from 10.77.0.2 port 43197 to port 746, from fd77::2 port 38445 to port 748. The first rule has no prefix. */
export const UDP_LINES = {
  none: `IN=eth0 OUT= ${MAC}:08:00 SRC=10.77.0.2 DST=10.77.0.1 LEN=29 TOS=0x00 PREC=0x00 TTL=64 ID=50321 DF PROTO=UDP SPT=43197 DPT=746 LEN=9 `,
  nft: `nft-udp IN=eth0 OUT= ${MAC}:86:dd SRC=fd77:0000:0000:0000:0000:0000:0000:0002 DST=fd77:0000:0000:0000:0000:0000:0000:0001 LEN=49 TC=0 HOPLIMIT=64 FLOWLBL=77741 PROTO=UDP SPT=38445 DPT=748 LEN=9 `,
} as const;

/** Packets that are no knocks, by the reason. */
export const OTHER_LINES = [
  [
    'not-incoming',
    'nft-out: IN= OUT=eth0 SRC=10.77.0.1 DST=10.77.0.2 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP SPT=745 DPT=58392 WINDOW=0 RES=0x00 ACK RST URGP=0 ',
  ],
  [
    'not-syn',
    `nft-all: IN=eth0 OUT= ${MACS} MACPROTO=0800 SRC=10.77.0.2 DST=10.77.0.1 LEN=40 TOS=0x00 PREC=0x00 TTL=50 ID=40049 PROTO=TCP SPT=58220 DPT=750 SEQ=0 ACK=3327578746 WINDOW=1024 RES=0x00 ACK URGP=0 `,
  ],
  [
    'not-transport',
    `nft-icmp: IN=eth0 OUT= ${MAC}:08:00 SRC=10.77.0.2 DST=10.77.0.1 LEN=58 TOS=0x00 PREC=0xC0 TTL=64 ID=19285 PROTO=ICMP TYPE=3 CODE=3 [SRC=10.77.0.1 DST=10.77.0.2 LEN=30 TOS=0x00 PREC=0x00 TTL=64 ID=64110 DF PROTO=UDP SPT=48487 DPT=801 LEN=10 ] `,
  ],
  [
    'fragment',
    `nft-all: IN=eth0 OUT= ${MACS} MACPROTO=0800 SRC=10.77.0.2 DST=10.77.0.1 LEN=28 TOS=0x00 PREC=0x00 TTL=55 ID=32768 MF PROTO=TCP INCOMPLETE [8 bytes] `,
  ],
] as const;

/** What stands in front of a line in files of rsyslog and journald's text. */
export const SYSLOG_FRONTS = [
  '',
  'Nov 21 11:37:40 gw kernel: [24001.393443] ',
  '2026-11-21T11:37:40.393443+00:00 gw kernel: ',
] as const;
