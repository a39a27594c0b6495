// What of this package a browser may load: texts, with nothing of Node's behind them.
export { RULE_LABELS } from "./alerts/labels.ts";
export { byUrgency, type Need, needsOf } from "./devices/device-needs.ts";
export { ROLES } from "./people/roles.ts";
export { policySentence, type SentenceOptions } from "./retention/policy-sentence.ts";
export { bytesText, countText } from "./retention/text.ts";
