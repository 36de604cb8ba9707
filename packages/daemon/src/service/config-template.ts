// The first knockdaemon.toml: every key with its default, commented out, so that what stands there is what was decided.

/**
 * The file.
 * @param serverId absent: left for the administrator to say
 */
export function formatConfigTemplate(serverId?: string): string {
  return `# Configuration of knockdaemon. "knockdaemon check" finds every mistake; docs/configuration.md says what each key means.
# No secret belongs in this file: clients are in clients.d, "knockdaemon enroll NAME --ports tcp/22" makes one.

# Part of every key, and in every client's link. Once a client is enrolled, do not change it.
${serverId === undefined ? '# server_id = "gw.example.net"' : `server_id = ${JSON.stringify(serverId)}`}

# base_port = 745                # the first of the 256 knock ports
# interface = "any"              # or ["eth0", "wg0"]
# source = "pcap"                # or "nflog:745", "log:/var/log/kern.log", "journal"; see docs/sources.md
# sequence_timeout = 10          # seconds

[firewall]
# mode = "guard"                 # "guard" holds ports shut; "mark" only marks packets, for a firewall of your own
# closed = "drop"                # or "reset": as ports look where nothing listens
# guard = ["tcp/22"]             # besides every port that a client may open

# Other ways to knock, and programs that are told of what happens: the tables door and hooks, see docs/doors.md.

# [metrics]                      # read docs/metrics.md first: the unit has to allow it
# listen = "127.0.0.1:9745"
`;
}
