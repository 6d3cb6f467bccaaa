# Carries out on this machine what `duoproxy install --script` and `duoproxy uninstall --script` print for PowerShell, and looks at
# what came of it: files, rights, the task, a login, an upgrade, the removal. For a runner of CI, which is thrown away; to be run as an
# administrator in PowerShell 7. The scripts themselves run in Windows PowerShell 5.1 as well, which is what servers have.
param([Parameter(Mandatory = $true)][string] $Program)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
# A program's exit code is looked at below; some of them are meant to be others than 0.
$PSNativeCommandUseErrorActionPreference = $false

$program = (Resolve-Path -LiteralPath $Program).Path
$installDir = 'C:\Program Files\Duo Security Authentication Proxy'
$config = Join-Path $installDir 'conf\authproxy.cfg'
$key = Join-Path $installDir 'conf\duoproxy.key'
$installed = Join-Path $installDir 'bin\duoproxy.exe'
$mainLog = Join-Path $installDir 'log\authproxy.log'
$eventLog = Join-Path $installDir 'log\authevents.log'
$taskName = 'DuoAuthProxy'
$work = Join-Path ([IO.Path]::GetTempPath()) 'duoproxy-install-check'
New-Item -ItemType Directory -Path $work -Force | Out-Null

function Assert-True([bool] $holds, [string] $what) {
    if (-not $holds) { throw "Not so: $what" }
    Write-Host "ok: $what"
}

function Wait-Until([scriptblock] $condition, [string] $what) {
    for ($try = 0; $try -lt 300; $try++) {
        if (& $condition) { Write-Host "ok: $what"; return }
        Start-Sleep -Milliseconds 200
    }
    throw "It never came to: $what"
}

# True if a file is there and holds this text; the proxy may have it open.
function Test-Text([string] $file, [string] $text) {
    if (-not (Test-Path -LiteralPath $file)) { return $false }
    $found = Select-String -LiteralPath $file -SimpleMatch -Pattern $text -Quiet
    return $found -eq $true
}

# The program's script, written as an operator would write it, and without an error of syntax.
function Save-Script([string[]] $arguments, [string] $name) {
    $path = Join-Path $work $name
    $lines = & $program $arguments
    if ($LASTEXITCODE -ne 0) { throw "duoproxy $arguments ended with $LASTEXITCODE" }
    # Windows PowerShell takes a file without a mark for one in the machine's own encoding.
    [IO.File]::WriteAllLines($path, [string[]] $lines, (New-Object System.Text.UTF8Encoding $true))
    $tokens = $null
    $errors = $null
    [Management.Automation.Language.Parser]::ParseFile($path, [ref] $tokens, [ref] $errors) | Out-Null
    foreach ($found in $errors) { Write-Host $found }
    Assert-True ($errors.Count -eq 0) "$name has no error of syntax"
    return $path
}

function Invoke-Script([string] $shell, [string] $path) {
    $output = & $shell -NoProfile -ExecutionPolicy Bypass -File $path
    $code = $LASTEXITCODE
    $output | ForEach-Object { Write-Host "  $_" }
    Assert-True ($code -eq 0) "$shell ran $(Split-Path -Leaf $path) to its end"
    Assert-True (@($output)[-1] -eq 'Done.') 'its last line is "Done."'
}

# Who may do anything at all with a file or folder, as identifiers.
function Get-Identifiers([string] $path) {
    (Get-Acl -LiteralPath $path).Access |
        ForEach-Object { $_.IdentityReference.Translate([Security.Principal.SecurityIdentifier]).Value } |
        Sort-Object -Unique
}

function Test-Login([string] $user, [int] $wanted) {
    & $installed login $user --factor push --config $config | ForEach-Object { Write-Host "  $_" }
    Assert-True ($LASTEXITCODE -eq $wanted) "a login of $user ends with $wanted"
}

function Get-Running { @(Get-Process -Name 'duoproxy' -ErrorAction SilentlyContinue | Where-Object { $_.Path -eq $installed }) }

Write-Host '== install on a machine that has nothing'
$install = Save-Script @('install', '--script', '--binary', $program) 'install.ps1'
Invoke-Script 'powershell.exe' $install
foreach ($file in $installed, $config, $key, (Join-Path $installDir 'bin\serve.cmd')) {
    Assert-True (Test-Path -LiteralPath $file -PathType Leaf) "$file is there"
}
Assert-True ((Get-FileHash -LiteralPath $installed).Hash -eq (Get-FileHash -LiteralPath $program).Hash) 'the program is this one'
$few = @('S-1-5-18', 'S-1-5-19', 'S-1-5-32-544')
foreach ($path in (Join-Path $installDir 'conf'), $key, (Join-Path $installDir 'log')) {
    $others = @(Compare-Object @(Get-Identifiers $path) $few)
    Assert-True ($others.Count -eq 0) "only administrators, the system and LOCAL SERVICE have rights on $path"
}
$task = Get-ScheduledTask -TaskName $taskName
Assert-True (@('LOCAL SERVICE', 'NT AUTHORITY\LOCAL SERVICE', 'S-1-5-19') -contains $task.Principal.UserId) 'the task runs as LOCAL SERVICE'
Assert-True ($task.State -ne 'Running') 'a new task is not started'

Write-Host '== configure and start'
$ca = Join-Path $work 'ca.pem'
$simulatorLog = Join-Path $work 'simulator.log'
$simulator = Start-Process -FilePath $program -ArgumentList 'simulate', '--listen', '127.0.0.1:0', '--ca-out', '-' `
    -RedirectStandardOutput $ca -RedirectStandardError $simulatorLog -PassThru -WindowStyle Hidden
try {
    Wait-Until { Test-Text $simulatorLog 'Control API' } 'Duo is simulated'
    $keys = @(Get-Content -LiteralPath $simulatorLog | Where-Object { $_ -match '^(ikey|skey|api_host|api_port)=\S+$' })
    Assert-True ($keys.Count -eq 4) 'the simulator names its keys'
    Copy-Item -LiteralPath $ca -Destination (Join-Path $installDir 'conf\ca.pem')
    $lines = @('[duo_only_client]', '', '[radius_server_duo_only]') + $keys + @('http_ca_certs_file=ca.pem', 'client=duo_only_client',
        'failmode=secure', 'radius_ip_1=127.0.0.1', 'radius_secret_1=a long secret of this check only', 'port=18120')
    [IO.File]::WriteAllLines($config, [string[]] $lines, (New-Object System.Text.UTF8Encoding $false))
    & $installed check --config $config | ForEach-Object { Write-Host "  $_" }
    Assert-True ($LASTEXITCODE -eq 0) 'check takes the configuration'
    Start-ScheduledTask -TaskName $taskName
    Wait-Until { Test-Text $mainLog 'Listening on' } 'the proxy listens'
    Test-Login 'alice' 0
    Test-Login 'bob' 1
    Wait-Until { Test-Text $eventLog '"username":"alice"' } 'the event of a login is written'

    Write-Host '== install again while it runs'
    $before = Get-FileHash -LiteralPath $config, $key | ForEach-Object { $_.Hash }
    Invoke-Script 'pwsh.exe' $install
    $after = Get-FileHash -LiteralPath $config, $key | ForEach-Object { $_.Hash }
    Assert-True (@(Compare-Object $before $after).Count -eq 0) 'configuration and key are as they were'
    Wait-Until { @(Get-Running).Count -eq 1 } 'the proxy runs once'
    Wait-Until { & $installed login alice --factor push --config $config --timeout 5 | Out-Null; $LASTEXITCODE -eq 0 } 'it answers again'

    Write-Host '== uninstall'
    Invoke-Script 'powershell.exe' (Save-Script @('uninstall', '--script') 'uninstall.ps1')
    Assert-True ($null -eq (Get-ScheduledTask -TaskName $taskName -ErrorAction SilentlyContinue)) 'the task is gone'
    Assert-True (@(Get-Running).Count -eq 0) 'no proxy runs'
    Assert-True (-not (Test-Path -LiteralPath $installed)) 'the program is gone'
    foreach ($file in $config, $key, $eventLog) { Assert-True (Test-Path -LiteralPath $file) "$file stays" }
    Remove-Item -LiteralPath (Join-Path $installDir 'conf\ca.pem')
    Invoke-Script 'powershell.exe' (Save-Script @('uninstall', '--script', '--purge') 'purge.ps1')
    Assert-True (-not (Test-Path -LiteralPath $installDir)) 'with --purge nothing is left'
} catch {
    foreach ($file in $simulatorLog, $mainLog) {
        if (Test-Path -LiteralPath $file) { Write-Host "== $file"; Get-Content -LiteralPath $file | Write-Host }
    }
    throw
} finally {
    Stop-Process -Id $simulator.Id -Force -ErrorAction SilentlyContinue
}
Write-Host 'Everything holds.'
exit 0
