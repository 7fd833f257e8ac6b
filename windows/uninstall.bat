@echo off
rem Removes the Session Manager plugin as install.bat put it there. Run it as
rem administrator. seelog.xml, logs and all else that is not ours stay. It ends
rem with 0, or with 1 and one line that says what failed.
setlocal EnableExtensions DisableDelayedExpansion

set "SYS=%SystemRoot%\System32"
set "ROOT=%ProgramFiles%"
if defined ProgramW6432 set "ROOT=%ProgramW6432%"
set "TARGET=%ROOT%\Amazon\SessionManagerPlugin"
set "BIN=%TARGET%\bin"
set "EXE=session-manager-plugin.exe"

"%SYS%\sc.exe" query session-manager-plugin >nul 2>&1
if errorlevel 1 goto files
"%SYS%\sc.exe" stop session-manager-plugin >nul 2>&1
"%SYS%\sc.exe" delete session-manager-plugin >nul 2>&1

:files
set "FAILED=cannot remove '%BIN%\%EXE%': it runs, or this is not run as administrator"
if exist "%BIN%\%EXE%" del /f /q "%BIN%\%EXE%" 2>nul
if exist "%BIN%\%EXE%" goto failed
if exist "%BIN%\%EXE%.old" del /f /q "%BIN%\%EXE%.old" 2>nul
for %%F in (LICENSE NOTICE README.md RELEASENOTES.md THIRD-PARTY VERSION seelog.xml.template) do if exist "%TARGET%\%%F" del /f /q "%TARGET%\%%F" 2>nul
rem only empty folders go
rd "%BIN%" 2>nul
rd "%TARGET%" 2>nul
rd "%ROOT%\Amazon" 2>nul

call :remove_path
if errorlevel 1 goto failed
echo Removed from "%TARGET%".
exit /b 0

:failed
echo uninstall: %FAILED% 1>&2
exit /b 1

rem Takes BIN out of the user's Path and leaves everything else in it.
:remove_path
set "FAILED=cannot change the user's Path: remove '%BIN%' from it by hand"
set "OLD="
for /f "tokens=1,2,*" %%A in ('%SYS%\reg.exe query HKCU\Environment /v Path 2^>nul') do if /i "%%A"=="Path" set "OLD=%%C"
if not defined OLD exit /b 0
setlocal EnableDelayedExpansion
set "LIST=;!OLD!;"
set "LIST=!LIST:;%BIN%;=;!"
set "LIST=!LIST:;%BIN%\;=;!"
if "!LIST!"==";!OLD!;" exit /b 0
if not "!OLD:~7000,1!"=="" exit /b 1
set "BARE=!OLD:"=!"
if not "!BARE!"=="!OLD!" exit /b 1
if "!LIST!"==";" goto delete_path
set "NEW=!LIST:~1,-1!"
rem a backslash before the closing quote would escape it
if "!NEW:~-1!"=="\" set "NEW=!NEW!\"
"%SYS%\reg.exe" add HKCU\Environment /v Path /t REG_EXPAND_SZ /d "!NEW!" /f >nul 2>&1
exit /b %ERRORLEVEL%
:delete_path
"%SYS%\reg.exe" delete HKCU\Environment /v Path /f >nul 2>&1
exit /b %ERRORLEVEL%
