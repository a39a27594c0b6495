import { type AlertMessage, PilabError } from "@pilab/schema";
import { openChannel } from "../channels/open-channel.ts";
import { type DeliverDeps, sayError } from "./deliver-alerts.ts";

/** What came of a test message. */
export interface ChannelTest {
  readonly channel: string;
  readonly delivery_id: string;
}

/**
 * Sends a test message over a channel, found by id or name, once and at once; also over one that is off. It stands in the list of
 * messages with what came of it. Throws `not_found`, or what the channel failed with.
 */
export async function testChannel(
  { client, source }: Pick<DeliverDeps, "client" | "source">,
  idOrName: string,
  signal: AbortSignal,
): Promise<ChannelTest> {
  const channels = await client.alerts.channels.list(signal);
  const row = channels.find(({ id, name }) => id === idOrName || name === idOrName);
  if (row === undefined) {
    const names = channels.map(({ name }) => name).join(", ");
    throw new PilabError("not_found", `There is no channel ${idOrName}`, {
      hint:
        names === "" ? "There are none yet: an admin makes them on the page Alerts." : `There are: ${names}.`,
    });
  }
  const { id } = await client.alerts.deliveries.createTest(row.id, TEST_MESSAGE);
  try {
    await openChannel(row, source).send({ id, kind: "test", message: TEST_MESSAGE }, signal);
  } catch (error) {
    await client.alerts.deliveries.settle(id, { sent: false, error: sayError(error) });
    throw error;
  }
  await client.alerts.deliveries.settle(id, { sent: true });
  return { channel: row.name, delivery_id: id };
}

const TEST_MESSAGE: AlertMessage = {
  title: "A test: alerts of PiLab reach this channel",
  severity: "info",
  status: "test",
  rule_key: "test",
  alerts: [],
  more: 0,
  counts: { opened: 0, rose: 0, resolved: 0, still: 0 },
};
