/**
 * Completions for zsh: one `_arguments` a command.
 *
 * @module
 */

import type { CompletionCommand, CompletionModel, CompletionOption, Expected, Word } from "./model.ts";

/** The script: as a file `_duoproxy` in `fpath`, or read into a shell. */
export function zshScript({ version, commands, globalOptions, topics }: CompletionModel): string {
  return `#compdef duoproxy
# zsh completion for duoproxy ${version}, made by: duoproxy completions zsh
#
# In this shell:   source <(duoproxy completions zsh)
# In every shell:  duoproxy completions zsh >/usr/local/share/zsh/site-functions/_duoproxy

_duoproxy_commands() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${described({ word: name, doc: summary })}`).join("\n")}
  )
  _describe -t commands command commands
}

_duoproxy_topics() {
  local -a topics
  if [[ $PREFIX == *.* ]]; then
    case \${PREFIX%%.*} in
${topics.filter(({ options }) => options.length > 0).map(topicCase).join("\n")}
    esac
    compset -P '*.'
    _describe -t keys option topics
  else
    topics=(
${topics.map((topic) => `      ${described(topic)}`).join("\n")}
    )
    # A dot and an option may follow.
    _describe -t sections section topics -S ''
  fi
}

_duoproxy() {
  local context curcontext=$curcontext state line
  typeset -A opt_args
  local -i ret=1
  _arguments -C \\
${
    [...globalOptions.map(optionSpec), "':command:_duoproxy_commands'", "'*:::argument:->argument'"].map((spec) =>
      `    ${spec}`
    ).join(" \\\n")
  } && ret=0
  if [[ $state == argument ]]; then
    words=($line[1] "\${words[@]}")
    (( CURRENT += 1 ))
    curcontext=\${curcontext%:*:*}:duoproxy-$line[1]:
    case $line[1] in
${commands.map(commandCase).join("\n")}
    esac
  fi
  return ret
}

# Autoloaded, this file is the function's body; read into a shell, it only defines it.
if [[ $funcstack[1] == _duoproxy ]]; then
  _duoproxy "$@"
else
  compdef _duoproxy duoproxy
fi
`;
}

function topicCase({ word, options }: CompletionModel["topics"][number]): string {
  return `      ${word})
        topics=(
${options.map((option) => `          ${described(option)}`).join("\n")}
        )
        ;;`;
}

function commandCase({ name, options, positionals }: CompletionCommand): string {
  const specs = [
    ...options.map(optionSpec),
    ...positionals.map((positional) => quote(`:${escapeMessage(positional.name)}:${action(positional.expected)}`)),
  ];
  return `      ${name})
        _arguments \\
${specs.map((spec) => `          ${spec}`).join(" \\\n")} && ret=0
        ;;`;
}

/** One specification of `_arguments`: `(exclusions)--name=[doc]:message:action`. */
function optionSpec({ long, short, value, repeatable, doc }: CompletionOption): string {
  const names = [...(short === undefined ? [] : [short]), long];
  const rest = `[${escapeMessage(doc)}]${
    value === undefined ? "" : `:${escapeMessage(value.name)}:${action(value.expected)}`
  }`;
  const exclusions = repeatable ? "*" : names.length > 1 ? `(${names.join(" ")})` : "";
  // A value follows its option or an equals sign, with one letter also without anything between.
  const spelled = names.map((name) => value === undefined ? name : `${name}${name.startsWith("--") ? "=" : "+"}`);
  return spelled.length === 1
    ? quote(`${exclusions}${spelled[0] ?? ""}${rest}`)
    : `${quote(exclusions)}{${spelled.map(quote).join(",")}}${quote(rest)}`;
}

function action(expected: Expected): string {
  switch (expected.kind) {
    case "files":
      return "_files";
    case "directories":
      return "_files -/";
    case "topics":
      return "_duoproxy_topics";
    case "none":
      return " ";
    case "words":
      return expected.words.every(({ doc }) => doc !== "")
        ? "_duoproxy_commands"
        : `(${expected.words.map(({ word }) => word).join(" ")})`;
  }
}

/** An entry of `_describe`: `word:doc`. */
function described({ word, doc }: Word): string {
  return quote(`${word.replaceAll(":", "\\:")}:${doc}`);
}

/** Text within a specification of `_arguments`, where brackets and colons end a part. */
function escapeMessage(text: string): string {
  return text.replace(/[\\[\]:]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
