/**
 * A machine that an administrator sets up with nothing but the compiled program: an isolated root with the program in
 * it, Duo simulated by that program, and the steps that lead to a proxy that runs.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { findProgram, type LabProgram } from "../../../scripts/lab/programs.ts";
import { compiledPath, missingCompiled } from "./compiled.ts";
import { IsolatedRoot, missingForRoots, type Outcome } from "./isolated_root.ts";

const missing = missingCompiled ?? await missingForRoots();

/**
 * A test on a fresh machine; where that can't be had, it is skipped, and its name says why.
 *
 * @param needs programs of this machine that the test uses from outside.
 */
export function machineTest(
  name: string,
  test: (machine: Machine) => Promise<void>,
  needs: readonly LabProgram[] = [],
): void {
  const absent = needs.filter((program) => findProgram(program) === undefined).map(({ name }) => name);
  const reason = missing ?? (absent.length === 0 ? undefined : `${absent.join(" and ")} missing`);
  Deno.test({
    name: reason === undefined ? name : `${name} (skipped: ${reason})`,
    ignore: reason !== undefined,
    fn: async () => {
      await using root = await IsolatedRoot.create();
      const program = await Deno.readFile(compiledPath);
      await root.write(downloaded, program, "755");
      await test(new Machine(root, program));
    },
  });
}

/** Where the program lies before it is installed. */
export const downloaded = "/root/duoproxy";

/** Where it is installed. */
export const installDir = "/opt/duoauthproxy";

/** The configuration. */
export const configFile = `${installDir}/conf/authproxy.cfg`;

/** User of the service on these machines. */
export const serviceUser = "vpn_proxy";

/** Keys and place of the simulated Duo, as it prints them. */
export interface SimulatedDuo {
  /** Lines for a section of authproxy.cfg, without the one for the CA. */
  readonly lines: readonly string[];
  /** URL of its control API, with a slash at the end. */
  readonly control: string;
}

/** See above. */
export class Machine {
  constructor(
    readonly root: IsolatedRoot,
    /** The compiled program. */
    readonly program: Uint8Array<ArrayBuffer>,
  ) {}

  /** Installs a program by the script that it prints, as the README says. */
  install(program: string = downloaded): Promise<Outcome> {
    return this.root.sh(`${program} install --script --service-user ${serviceUser} | sh`);
  }

  /** Starts the simulator on a free port of this machine; the CA's certificate goes into the configuration's folder. */
  async startDuo(): Promise<SimulatedDuo> {
    await this.root.ok(
      `setsid ${downloaded} simulate --listen 127.0.0.1:0 --ca-out - </dev/null >/root/ca.pem 2>/root/simulator.log &`,
    );
    await this.until("grep -q 'Control API' /root/simulator.log", "cat /root/simulator.log");
    await this.root.ok(`install -m 644 /root/ca.pem ${installDir}/conf/ca.pem`);
    const printed = await this.root.ok("cat /root/simulator.log");
    const control = /^Control API: (\S+)$/m.exec(printed)?.[1];
    assert(control !== undefined, printed);
    const lines = printed.split("\n").filter((line) => /^\w+=\S+$/.test(line));
    assertEquals(lines.map((line) => line.split("=")[0]), ["ikey", "skey", "api_host", "api_port"], printed);
    return { lines, control };
  }

  /** Fills in the file that was installed: the values that are empty there, and further lines at its end. */
  async configure({ lines }: SimulatedDuo): Promise<void> {
    const ours = [
      ...lines,
      "http_ca_certs_file=ca.pem",
      // While Duo can't be asked nobody gets in, so an accept comes from Duo.
      "failmode=secure",
      "radius_ip_1=127.0.0.1",
      "radius_secret_1=a long secret of this test",
    ];
    const template = await this.root.ok(`cat ${configFile}`);
    const given = new Map(ours.map((line) => [line.split("=")[0], line]));
    const filled = template.split("\n").map((line) => {
      const name = line.split("=")[0];
      const ours = given.get(name);
      given.delete(name);
      return ours ?? line;
    });
    await this.edit([...filled, ...given.values(), ""].join("\n"));
  }

  /** Writes the configuration, into the file that is there. */
  async edit(text: string): Promise<void> {
    await this.root.ok(`cat >${configFile}`, text);
  }

  /** A login through the proxy: the exit code of `duoproxy login`, and what it printed. */
  login(user: string, factor: string): Promise<Outcome> {
    return this.root.sh(`duoproxy login ${user} --factor ${factor}`);
  }

  /** Repeats a shell condition until it holds, for at most half a minute. */
  async until(condition: string, otherwise: string = ":"): Promise<void> {
    const line = `tries=300
      until ${condition}; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { ${otherwise}; exit 1; }
        sleep 0.1
      done`;
    const { code, stdout, stderr } = await this.root.sh(line);
    assert(code === 0, `It never came to: ${condition}\n${stdout}${stderr}`);
  }

  /** Number of processes of the installed program. */
  async running(): Promise<string> {
    return await this.root.ok(`ps -eo args= | grep -c '^${installDir}/bin/duoproxy serv[e]' || true`);
  }
}

/** The exit code, with what was printed along if it isn't the wanted one. */
export function assertEnds({ code, stdout, stderr }: Outcome, wanted: number): void {
  assertEquals(code, wanted, `${stdout}${stderr}`);
}
