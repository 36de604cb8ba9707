// The keys of fwknopd.conf that do not come over, and what there is instead: fwknopd(8) and the comments of Debian's file.

/** What is told of a key. */
interface LostKey {
  /** Told only where the value is that; absent: always. */
  readonly when?: 'Y' | 'N';
  readonly text: string;
}

const LIST = 'the inner hosts are on the list "to" of [door.ask], their ports in "to_ports": docs/doors.md';
const LOCAL = 'ports of this host that lead to another one are in "to_ports" of [door.ask]: docs/doors.md';
const CHAINS = 'there are no chains of rules: one nftables set, docs/firewall.md';
const FLUSH = 'what is open stays open over a restart, up to its time; "knockdaemon flush" takes it away';
const LOG = 'the log goes to standard output, which systemd keeps: journalctl -u knockdaemon';
const CAPTURE = 'how packets are captured needs no settings';
const TCP = 'single packets are UDP alone';
const FILES = 'state is in state_dir: docs/store.md';
const GPG = 'there is no GnuPG';
const OTHER = 'nftables is what is there';
const EXTERNAL = 'hooks tell of what is opened, docs/doors.md; nothing else opens';

const y = (text: string): LostKey => ({ when: 'Y', text });
const n = (text: string): LostKey => ({ when: 'N', text });
const always = (text: string): LostKey => ({ text });
const all = (text: LostKey, keys: string): Record<string, LostKey> =>
  Object.fromEntries(keys.split(' ').map((key) => [key, text]));

/** By key. */
export const LOST_SERVER_KEYS: Readonly<Record<string, LostKey>> = {
  ENABLE_SPA_PACKET_AGING: n('a packet may be 120 s old, always'),
  ENABLE_DIGEST_PERSISTENCE: n('a packet is taken once, always, also after a restart'),
  ENABLE_IPT_FORWARDING: y(LIST),
  ENABLE_FIREWD_FORWARDING: y(LIST),
  ENABLE_IPT_LOCAL_NAT: y(LOCAL),
  ENABLE_FIREWD_LOCAL_NAT: y(LOCAL),
  SNAT_TRANSLATE_IP: always('the inner host sees the address that this one has towards it (masquerade)'),
  ENABLE_NAT_DNS: y('an inner host is an address; names are not looked up'),
  ENABLE_DESTINATION_RULE: y('what is opened is open on all addresses of this host'),
  ...all(y('answers go out by the rules of your own firewall'), 'ENABLE_IPT_OUTPUT ENABLE_FIREWD_OUTPUT'),
  ...all(y(TCP), 'ENABLE_SPA_OVER_HTTP ENABLE_TCP_SERVER ENABLE_X_FORWARDED_FOR'),
  TCPSERV_PORT: always(TCP),
  ...all(y(EXTERNAL), 'ENABLE_EXTERNAL_CMDS ENABLE_EXT_CMD_PREFIX'),
  ...all(always(EXTERNAL), 'EXTERNAL_CMD_OPEN EXTERNAL_CMD_CLOSE EXTERNAL_CMD_ALARM EXT_CMD_PREFIX'),
  ...all(y(CAPTURE), 'ENABLE_PCAP_PROMISC ENABLE_NFQ_CAPTURE'),
  ENABLE_PCAP_ANY_DIRECTION: y('packets that this host itself sends are not looked at'),
  EXIT_AT_INTF_DOWN: y('an interface that goes is waited for'),
  ...all(
    always(CAPTURE),
    'PCAP_DISPATCH_COUNT PCAP_LOOP_SLEEP MAX_SNIFF_BYTES UDPSERV_SELECT_TIMEOUT NFQ_INTERFACE NFQ_PORT NFQ_TABLE NFQ_CHAIN NFQ_QUEUE_NUMBER NFQ_LOOP_SLEEP',
  ),
  PCAP_FILE: always('packets are never read from a file'),
  ...all(always(LOG), 'VERBOSE SYSLOG_IDENTITY SYSLOG_FACILITY LOCALE'),
  ...all(always(FILES), 'FWKNOP_RUN_DIR FWKNOP_CONF_DIR FWKNOP_PID_FILE DIGEST_FILE DIGEST_DB_FILE'),
  ACCESS_FOLDER: always(
    'not read: import its files one by one, or name the folder in access.conf with %include_folder',
  ),
  ...all(always(GPG), 'GPG_HOME_DIR GPG_EXE'),
  CMD_EXEC_TIMEOUT: always('each command on the list has a "timeout" of its own'),
  SUDO_EXE: always('there is no sudo: each command on the list has a user of its own'),
  FIREWALL_EXE: always(OTHER),
  FIREWALL_TYPE: always(OTHER),
  RULES_CHECK_THRESHOLD: always('the kernel closes at its time'),
  ENABLE_RULE_PREPEND: y(CHAINS),
  ...all(
    always(CHAINS),
    'IPT_INPUT_ACCESS IPT_OUTPUT_ACCESS IPT_FORWARD_ACCESS IPT_DNAT_ACCESS IPT_SNAT_ACCESS IPT_MASQUERADE_ACCESS FIREWD_INPUT_ACCESS FIREWD_OUTPUT_ACCESS FIREWD_FORWARD_ACCESS FIREWD_DNAT_ACCESS FIREWD_SNAT_ACCESS FIREWD_MASQUERADE_ACCESS',
  ),
  ...all(y(CHAINS), 'ENABLE_IPT_COMMENT_CHECK ENABLE_FIREWD_COMMENT_CHECK'),
  ...all(
    y(FLUSH),
    'FLUSH_IPT_AT_INIT FLUSH_IPT_AT_EXIT FLUSH_FIREWD_AT_INIT FLUSH_FIREWD_AT_EXIT FLUSH_IPFW_AT_INIT FLUSH_IPFW_AT_EXIT',
  ),
  ...all(
    always(OTHER),
    'IPFW_START_RULE_NUM IPFW_MAX_RULES IPFW_ACTIVE_SET_NUM IPFW_EXPIRE_SET_NUM IPFW_EXPIRE_PURGE_INTERVAL PF_ANCHOR_NAME PF_EXPIRE_INTERVAL',
  ),
  FAULT_INJECTION_TAG: always('a test of fwknopd itself'),
};
