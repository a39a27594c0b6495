import { asJob, type Bound } from "../bound.ts";
import type { PilabContext } from "../context.ts";
import {
  createAlertChannel,
  listAlertChannels,
  removeAlertChannel,
  updateAlertChannel,
} from "./alert-channels.ts";
import {
  claimAlertDeliveries,
  createTestDelivery,
  listAlertDeliveries,
  settleAlertDelivery,
} from "./alert-deliveries.ts";
import { listAlertRules, updateAlertRule } from "./alert-rules.ts";
import { evaluateAlerts } from "./evaluate-alerts.ts";
import { listAlerts } from "./list-alerts.ts";
import { acknowledgeAlerts, silenceAlerts } from "./mark-alerts.ts";

/** What a client does with alerts. */
export interface AlertsApi {
  /** One page, newest first. For viewers and more. */
  readonly list: Bound<typeof listAlerts>;
  /** For operators and admins: no repeats. Answers the ids that changed. */
  readonly acknowledge: Bound<typeof acknowledgeAlerts>;
  /** For operators and admins: nobody is told until then; null ends it. Answers the ids that changed. */
  readonly silence: Bound<typeof silenceAlerts>;
  readonly rules: {
    readonly list: Bound<typeof listAlertRules>;
    /** For admins. */
    readonly update: Bound<typeof updateAlertRule>;
  };
  readonly channels: {
    readonly list: Bound<typeof listAlertChannels>;
    /** For admins, as what follows. */
    readonly create: Bound<typeof createAlertChannel>;
    readonly update: Bound<typeof updateAlertChannel>;
    readonly remove: Bound<typeof removeAlertChannel>;
  };
  readonly deliveries: {
    readonly list: Bound<typeof listAlertDeliveries>;
    /** With the service key, as what follows: the worker's side. */
    readonly claim: Bound<typeof claimAlertDeliveries>;
    readonly settle: Bound<typeof settleAlertDelivery>;
    readonly createTest: Bound<typeof createTestDelivery>;
  };
  /** One round, with the service key: what opens, changes and resolves, and the messages about it. */
  readonly evaluate: Bound<typeof evaluateAlerts>;
}

/** Binds them to a context. What people change is a job of its own in the audit log. */
export function alertsApi(ctx: PilabContext): AlertsApi {
  return {
    list: (options) => listAlerts(ctx, options),
    acknowledge: (ids) => asJob(() => acknowledgeAlerts(ctx, ids)),
    silence: (ids, until) => asJob(() => silenceAlerts(ctx, ids, until)),
    rules: {
      list: (signal) => listAlertRules(ctx, signal),
      update: (key, change) => asJob(() => updateAlertRule(ctx, key, change)),
    },
    channels: {
      list: (signal) => listAlertChannels(ctx, signal),
      create: (channel) => asJob(() => createAlertChannel(ctx, channel)),
      update: (id, change) => asJob(() => updateAlertChannel(ctx, id, change)),
      remove: (id) => asJob(() => removeAlertChannel(ctx, id)),
    },
    deliveries: {
      list: (options) => listAlertDeliveries(ctx, options),
      claim: (options) => claimAlertDeliveries(ctx, options),
      settle: (id, outcome) => settleAlertDelivery(ctx, id, outcome),
      createTest: (channelId, message) => createTestDelivery(ctx, channelId, message),
    },
    evaluate: (options) => evaluateAlerts(ctx, options),
  };
}
