import { Box, Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** The head of a page: its title, a sentence, and what one can do. */
export function PageHeader({
  title,
  description,
  actions,
}: {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="sm">
      <Box style={{ minWidth: 0 }}>
        <Title order={1} size="h2">
          {title}
        </Title>
        {description !== undefined && (
          <Text component="div" c="dimmed" size="sm" mt={2}>
            {description}
          </Text>
        )}
      </Box>
      {actions !== undefined && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}
