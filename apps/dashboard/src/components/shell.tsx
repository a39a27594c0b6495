"use client";
import { Burger } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { type ReactNode, useEffect } from "react";
import { mayAct } from "../lib/role.ts";
import { useIdentity } from "./identity.tsx";
import { LiveBadge } from "./live-badge.tsx";
import { Mark } from "./mark.tsx";
import { NAV_LINKS } from "./nav-links.ts";
import classes from "./shell.module.css";
import { UserMenu } from "./user-menu.tsx";
import { WorkerLine } from "./worker-notice.tsx";

/**
 * Head, navigation and content of every page. In plain elements: the library's shell sets itself anew as soon as it is there,
 * and with that a page inside it has to come to life in one go, in which a phone does not answer.
 */
export function Shell({ children }: { children: ReactNode }) {
  const { role } = useIdentity();
  const [opened, { toggle, close }] = useDisclosure(false);
  const path = usePathname();
  useEffect(() => void (path && close()), [path, close]);

  return (
    <>
      <a className="skip-link" href="#content">
        To the content
      </a>
      <header className={classes.header}>
        <Burger
          opened={opened}
          onClick={toggle}
          hiddenFrom="sm"
          size="sm"
          aria-label={opened ? "Close the menu" : "Open the menu"}
          aria-expanded={opened}
        />
        <span className={classes.name}>
          <Mark />
          PiLab
        </span>
        <LiveBadge />
        <UserMenu />
      </header>
      <nav className={classes.nav} aria-label="Pages" data-opened={opened || undefined}>
        {NAV_LINKS.filter(({ from = "viewer" }) => mayAct(role, from)).map(({ href, label, icon: Icon }) => {
          const active = href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`);
          return (
            <Link
              key={href}
              href={href}
              className={classes.link}
              data-active={active || undefined}
              aria-current={active ? "page" : undefined}
            >
              <Icon size={18} stroke={1.7} aria-hidden />
              {label}
            </Link>
          );
        })}
      </nav>
      <main id="content" tabIndex={-1} className={classes.main}>
        <div className={classes.content}>
          <WorkerLine />
          {children}
        </div>
      </main>
    </>
  );
}
