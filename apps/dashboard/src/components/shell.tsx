"use client";
import {
  AppShell,
  AppShellHeader,
  AppShellMain,
  AppShellNavbar,
  Burger,
  Group,
  NavLink,
  ScrollArea,
  Text,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { type ReactNode, useEffect } from "react";
import { mayAct } from "../server/session/identity.ts";
import { useIdentity } from "./identity.tsx";
import { LiveBadge } from "./live-badge.tsx";
import { Mark } from "./mark.tsx";
import { NAV_LINKS } from "./nav-links.ts";
import { UserMenu } from "./user-menu.tsx";
import { WorkerLine } from "./worker-notice.tsx";

/** Head, navigation and content of every page. */
export function Shell({ children }: { children: ReactNode }) {
  const { role } = useIdentity();
  const [opened, { toggle, close }] = useDisclosure(false);
  const path = usePathname();
  useEffect(() => void (path && close()), [path, close]);

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={{ base: "md", md: "lg" }}
    >
      <a className="skip-link" href="#content">
        To the content
      </a>
      <AppShellHeader>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? "Close the menu" : "Open the menu"}
              aria-expanded={opened}
            />
            <Group component="span" gap={8} wrap="nowrap">
              <Mark />
              <Text fw={700} size="lg" component="span">
                PiLab
              </Text>
            </Group>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <LiveBadge />
            <UserMenu />
          </Group>
        </Group>
      </AppShellHeader>
      <AppShellNavbar p="xs" aria-label="Pages">
        <ScrollArea>
          {NAV_LINKS.filter(({ from = "viewer" }) => mayAct(role, from)).map(
            ({ href, label, icon: Icon }) => {
              const active = href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
              return (
                <NavLink
                  key={href}
                  component={Link}
                  href={href}
                  label={label}
                  active={active}
                  aria-current={active ? "page" : undefined}
                  leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
                  style={{ borderRadius: "var(--mantine-radius-md)" }}
                />
              );
            },
          )}
        </ScrollArea>
      </AppShellNavbar>
      <AppShellMain id="content" tabIndex={-1} style={{ outline: "none" }}>
        <div style={{ maxWidth: 1600, marginInline: "auto" }}>
          <WorkerLine />
          {children}
        </div>
      </AppShellMain>
    </AppShell>
  );
}
