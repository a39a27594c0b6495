"use client";
import { Button, Collapse, Group, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { AuditRow } from "@pilab/schema";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { DetailList } from "../../../components/detail-list.tsx";
import { Time } from "../../../components/time.tsx";
import { Who } from "../../../components/who.tsx";
import type { AuditFilter } from "../../../lib/audit-filter.ts";
import { type AuditNames, actorNames } from "./actors.ts";
import classes from "./entries.module.css";

interface Shared {
  readonly names: AuditNames | undefined;
  /** Adds to what is looked for. */
  readonly onFilter: (fields: AuditFilter) => void;
}

/** Entries of the log, newest first, each with its details a click away. */
export function Entries({ entries, ...shared }: { entries: readonly AuditRow[] } & Shared) {
  return (
    <ul className={classes.entries} aria-label="Entries of the audit log">
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} {...shared} />
      ))}
    </ul>
  );
}

function Entry({ entry, names, onFilter }: { entry: AuditRow } & Shared) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const { id, created_at, actor, actor_claimed, action, device_id, object_type, object_id, correlation_id } =
    entry;
  const Sign = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <li className={classes.entry}>
      <UnstyledButton className={classes.line} onClick={toggle} aria-expanded={isOpen}>
        <Sign size={16} aria-hidden className={classes.sign} />
        <Text span size="sm" c="dimmed">
          <Time at={created_at} />
        </Text>
        <Text span size="sm" fw={600}>
          {words(action)}
        </Text>
        <Text span size="sm" c="dimmed" truncate>
          {[names?.devices[device_id ?? ""], names?.people[object_id ?? ""] ?? object_id]
            .filter(Boolean)
            .join(" · ")}
        </Text>
        <Text span size="sm">
          <Who actor={actor} claimed={actor_claimed} names={actorNames(names)} />
        </Text>
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <div className={classes.details}>
          <DetailList
            details={{
              ...entry.details,
              entry: String(id),
              action,
              [object_type]: object_id,
              actor: actor_claimed ? `${actor} (the word of a holder of the service key)` : actor,
              job: correlation_id,
            }}
          />
          <Group gap="xs" mt="xs">
            {object_id !== null && (
              <Button
                size="compact-xs"
                variant="default"
                onClick={() => onFilter({ objectType: object_type, objectId: object_id })}
              >
                This object
              </Button>
            )}
            {correlation_id !== null && (
              <Button
                size="compact-xs"
                variant="default"
                onClick={() => onFilter({ correlationId: correlation_id })}
              >
                This job
              </Button>
            )}
            {actor !== null && (
              <Button size="compact-xs" variant="default" onClick={() => onFilter({ actor })}>
                This actor
              </Button>
            )}
            <Button size="compact-xs" variant="default" onClick={() => onFilter({ action })}>
              This action
            </Button>
          </Group>
        </div>
      </Collapse>
    </li>
  );
}

/** `retention_policy.changed` → `Retention policy changed`. */
function words(action: string): string {
  const text = action.replaceAll(/[._]/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
