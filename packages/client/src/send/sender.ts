// What can send a knock. Implementations: connect.ts (TCP), udp.ts, raw-sender.ts (both).

/** Sends knocks, one at a time. */
export interface Sender {
  /**
   * Sends one knock: exactly one packet. Settles when it is on its way, so that awaiting keeps the order.
   * @param address the server's IPv4 or IPv6 address, no name
   * @param port 1–65535
   * @throws an error with a `code` such as ENETUNREACH when this machine could not send it. What the server answers,
   *   or whether it answers, is no error.
   */
  send(address: string, port: number): Promise<void>;
  /** Frees what the knocks of a sequence held, after the last one. The sender can be used again. */
  finish(): void;
}
