import { Anchor, Center, Stack, Text, Title } from "@mantine/core";

/** For addresses that lead nowhere. */
export default function NotFound() {
  return (
    <Center component="main" mih="70vh" p="lg">
      <Stack align="center" gap="xs">
        <title>Not found · PiLab</title>
        <Title order={1}>There is no such page</Title>
        <Text c="dimmed" ta="center">
          The address may be mistyped, or what it showed was removed.
        </Text>
        <Anchor href="/">To the overview</Anchor>
      </Stack>
    </Center>
  );
}
