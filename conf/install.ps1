# Made by duoproxy @VERSION@; to be run in PowerShell as an administrator. It changes only what isn't so yet, and stops
# at the first error.

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Install-Duoproxy {
    $binary = @BINARY@
    $installDir = @INSTALL_DIR@
    $starter = @STARTER@
    $taskName = 'DuoAuthProxy'
    $binDir = Join-Path $installDir 'bin'
    $confDir = Join-Path $installDir 'conf'
    $logDir = Join-Path $installDir 'log'
    $program = Join-Path $binDir 'duoproxy.exe'
    $config = Join-Path $confDir 'authproxy.cfg'
    $key = Join-Path $confDir 'duoproxy.key'
    $startFile = Join-Path $binDir 'serve.cmd'

    # Identifiers instead of names, which are translated: administrators, the system, LOCAL SERVICE.
    $administrators = '*S-1-5-32-544'
    $system = '*S-1-5-18'
    $localService = '*S-1-5-19'

    function Invoke-Checked([string] $what, [string[]] $arguments) {
        & $what $arguments | Out-Null
        if ($LASTEXITCODE -ne 0) { throw "$what ended with $LASTEXITCODE" }
    }

    # --- Looking before anything is touched ---
    $identity = [Security.Principal.WindowsPrincipal] [Security.Principal.WindowsIdentity]::GetCurrent()
    if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
        throw 'This has to run as an administrator.'
    }
    if (-not (Test-Path -LiteralPath $binary -PathType Leaf)) { throw "The program to install isn't there: $binary" }
    & $binary version | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "The program doesn't run on this machine: $binary" }
    $service = Get-Service -Name 'DuoAuthProxy' -ErrorAction SilentlyContinue
    if (Test-Path -LiteralPath $config) {
        & $binary check --config $config
        if ($LASTEXITCODE -ne 0 -and $null -ne $service) {
            throw "Nothing was changed, the original is as it was: this version can't serve its $config yet, see above."
        }
    }
    $task = Get-ScheduledTask -TaskName $taskName -ErrorAction SilentlyContinue
    $wasRunning = ($null -ne $task -and $task.State -eq 'Running') -or
        ($null -ne $service -and $service.Status -eq 'Running')

    # --- Directories: conf for administrators only, and for the service to read ---
    foreach ($directory in $binDir, $confDir, $logDir) {
        if (-not (Test-Path -LiteralPath $directory)) { New-Item -ItemType Directory -Path $directory | Out-Null }
    }
    Invoke-Checked 'icacls.exe' @($confDir, '/inheritance:r', '/grant:r', "$($administrators):(OI)(CI)F",
        "$($system):(OI)(CI)F", "$($localService):(OI)(CI)RX", '/Q')
    Invoke-Checked 'icacls.exe' @($logDir, '/inheritance:r', '/grant:r', "$($administrators):(OI)(CI)F",
        "$($system):(OI)(CI)F", "$($localService):(OI)(CI)M", '/Q')

    # --- Program: a running one can't be overwritten, but renamed ---
    $same = (Test-Path -LiteralPath $program) -and
        (Get-FileHash -LiteralPath $program).Hash -eq (Get-FileHash -LiteralPath $binary).Hash
    if (-not $same) {
        Copy-Item -LiteralPath $binary -Destination "$program.new" -Force
        if (Test-Path -LiteralPath $program) {
            $old = "$program.old"
            if (Test-Path -LiteralPath $old) { Remove-Item -LiteralPath $old -Force }
            Move-Item -LiteralPath $program -Destination $old
        }
        Move-Item -LiteralPath "$program.new" -Destination $program
    }

    # --- Configuration: never overwritten ---
    $utf8 = New-Object System.Text.UTF8Encoding $false
    if (-not (Test-Path -LiteralPath $config)) {
        [IO.File]::WriteAllText($config, $starter, $utf8)
    } elseif ([IO.File]::ReadAllText($config) -ne $starter) {
        [IO.File]::WriteAllText("$config.new", $starter, $utf8)
    }

    # --- Key: never replaced ---
    if (-not (Test-Path -LiteralPath $key)) {
        $octets = New-Object byte[] 32
        $random = [Security.Cryptography.RandomNumberGenerator]::Create()
        $random.GetBytes($octets)
        $random.Dispose()
        [IO.File]::WriteAllText($key, "duoproxy-key-v1:$([Convert]::ToBase64String($octets))`n", $utf8)
    }

    # --- Start with the machine: a compiled program speaks no service protocol (sc create ends in error 1053), so it is
    #     a task. The command file appends the logs, as the program may write no file. It takes out what the runtime
    #     reads before any right is asked for: a file for the keys of TLS connections, and other authorities to trust. ---
    $unset = 'SSLKEYLOGFILE', 'DENO_CERT', 'DENO_TLS_CA_STORE', 'SSL_CERT_FILE', 'SSL_CERT_DIR'
    $lines = @('@echo off') + @($unset | ForEach-Object { 'set "{0}="' -f $_ }) + @(
        '"{0}" serve --config "{1}" 1>>"{2}" 2>>"{3}"' -f $program, $config, (Join-Path $logDir 'authevents.log'),
            (Join-Path $logDir 'authproxy.log'))
    [IO.File]::WriteAllText($startFile, ($lines -join "`r`n") + "`r`n", $utf8)

    # --- The original's command names. Where the original is installed its own programs are found first. ---
    $successors = @{
        'authproxy_connectivity_tool' = 'connectivity-check'
        'authproxy_passwd' = 'encrypt'
        'authproxy_support' = 'support'
    }
    foreach ($name in $successors.Keys) {
        $line = '@"{0}" {1} --config "{2}" %*' -f $program, $successors[$name], $config
        [IO.File]::WriteAllText((Join-Path $binDir "$name.cmd"), "$line`r`n", $utf8)
    }

    $fresh = $null -eq $task
    $action = New-ScheduledTaskAction -Execute $startFile -WorkingDirectory $installDir
    $trigger = New-ScheduledTaskTrigger -AtStartup
    $principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-19' -LogonType ServiceAccount -RunLevel Limited
    $settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -RestartCount 999 `
        -RestartInterval (New-TimeSpan -Minutes 1) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries `
        -MultipleInstances IgnoreNew
    if ($null -ne $service) {
        # The original stays installed, so that it can be gone back to; it only doesn't start any more.
        Stop-Service -Name 'DuoAuthProxy'
        Set-Service -Name 'DuoAuthProxy' -StartupType Disabled
    }
    Register-ScheduledTask -TaskName $taskName -Action $action -Trigger $trigger -Principal $principal `
        -Settings $settings -Force | Out-Null
    if ($wasRunning) {
        Stop-ScheduledTask -TaskName $taskName -ErrorAction SilentlyContinue
        Start-ScheduledTask -TaskName $taskName
    }
    if ($fresh -and -not $wasRunning) {
        Write-Output "Next: put your settings into $config, then run: Start-ScheduledTask -TaskName $taskName"
    }
    Write-Output 'Done.'
}

Install-Duoproxy
