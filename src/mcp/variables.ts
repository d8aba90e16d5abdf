import { UsageError } from "../errors.ts";

/** What `${…}` in a configuration may refer to. */
export interface Variables {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workspaceFolder?: string | undefined;
  readonly userHome?: string | undefined;
}

const REFERENCE = /\$\{([A-Za-z_]\w*)(?::(?!-)([^}]*?))?(?::-([^}]*))?\}/g;
// Their values are no secrets; hiding them would only make messages harder to read.
const OPEN_VARIABLES = new Set([
  "HOME",
  "USERPROFILE",
  "USER",
  "LOGNAME",
  "PWD",
  "TMPDIR",
  "TEMP",
  "TMP",
  "SHELL",
  "LANG",
]);
const FORMS = `known forms: \${VAR}, \${VAR:-default}, \${env:VAR}, \${workspaceFolder}, \${userHome}`;

/**
 * The text with its `${…}` replaced, once: what a variable contains is never expanded again.
 * `where` begins each message; values of environment variables are handed to `secret`.
 */
export function expandVariables(
  text: string,
  variables: Variables,
  where: string,
  secret: (value: string) => void,
): string {
  return text.replace(REFERENCE, (whole, name: string, argument: string | undefined, fallback: string | undefined) => {
    const value = lookUp(name, argument, variables, where, secret);
    // As in a shell, `:-` also stands in for a variable that is set but empty.
    if (value !== undefined && (value !== "" || fallback === undefined)) return value;
    if (fallback !== undefined) return fallback;
    throw new UsageError(unsetMessage(whole, name, argument, where));
  });
}

function lookUp(
  name: string,
  argument: string | undefined,
  variables: Variables,
  where: string,
  secret: (value: string) => void,
): string | undefined {
  if (argument === undefined && name === "workspaceFolder") return variables.workspaceFolder;
  if (argument === undefined && name === "userHome") return variables.userHome;
  if (argument !== undefined && name !== "env") {
    const hint = name === "input" ? `nobody can be asked for inputs here; use \${env:NAME}` : FORMS;
    throw new UsageError(`${where}: \${${name}:${argument}} cannot be expanded (${hint})`);
  }
  const variable = argument ?? name;
  const value = Object.hasOwn(variables.env, variable) ? variables.env[variable] : undefined;
  if (value !== undefined && !OPEN_VARIABLES.has(variable)) secret(value);
  return value;
}

function unsetMessage(whole: string, name: string, argument: string | undefined, where: string): string {
  const variable = argument ?? name;
  if (argument === undefined && (name === "workspaceFolder" || name === "userHome")) {
    return `${where}: ${whole} is not known here; pass the option ${name}`;
  }
  return `${where}: the environment variable ${variable} is not set and ${whole} has no default (\${${variable}:-default})`;
}
