/*
 * The table of prerequisites and the judgement of each row. Asks nobody: the
 * facts are given.
 */
#include "common/def.h"
#include "installer/doctor.h"

#include "common/version.h"

#define GUIDE "user guide 2023"
#define GUIDE_2022 "user guide 2022"
#define GUIDE_2018 "user guide 2018"
#define HISTORY "release history"

struct row {
	const char *name;
	const char *source;
	void (*judge)(const struct inst_doctor_facts *f, const struct row *r,
		      struct inst_doctor_finding *out);
	const char *what;    /* a feature, where rows share a function */
	const char *minimum; /* version of it */
	enum inst_doctor_host host;
};

static void set(struct inst_doctor_finding *out, enum inst_doctor_grade g,
		const char *advice, const char *fmt, ...) SM_PRINTF(4, 5);

static void set(struct inst_doctor_finding *out, enum inst_doctor_grade g,
		const char *advice, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(out->found, sizeof(out->found), fmt, ap); /* cut */
	va_end(ap);
	out->grade = g;
	out->advice = g == INST_DOCTOR_PASS ? "" : advice;
}

/* <0, 0, >0; what is no version counts as zero. */
static int compare(const char *a, const char *b)
{
	struct sm_version v = { 0 }, w = { 0 };

	if (sm_version_parse(&v, sm_str(a)) < 0)
		memset(&v, 0, sizeof(v));
	if (sm_version_parse(&w, sm_str(b)) < 0)
		memset(&w, 0, sizeof(w));
	return sm_version_cmp(&v, &w);
}

/* --- where the plugin runs ------------------------------------------------ */

/* Windows 10 and Server 2016 are both 10.0. */
#define WINDOWS_MIN "10.0"

static void judge_system(const struct inst_doctor_facts *f, const struct row *r,
			 struct inst_doctor_finding *out)
{
	const char *os = f->os ? f->os : sm_os_platform_name(f->platform);
	const char *version = f->os_version ? f->os_version : "";

	SM_UNUSED(r);
	if (f->platform == SM_PLATFORM_WINDOWS && f->nano)
		set(out, INST_DOCTOR_FAIL, "use a full Windows Server",
		    "%s %s, Nano Server", os, version);
	else if (f->platform == SM_PLATFORM_WINDOWS &&
		 compare(version, WINDOWS_MIN) < 0)
		set(out, INST_DOCTOR_FAIL,
		    "use Windows 10, Windows Server 2016 or newer", "%s %s", os,
		    version);
	else
		set(out, INST_DOCTOR_PASS, "", "%s %s", os, version);
}

static void judge_arch(const struct inst_doctor_facts *f, const struct row *r,
		       struct inst_doctor_finding *out)
{
	bool good = f->arch != SM_ARCH_OTHER;

	SM_UNUSED(r);
	if (f->platform == SM_PLATFORM_WINDOWS && f->arch == SM_ARCH_I386)
		set(out, INST_DOCTOR_WARN,
		    "current guides support 64-bit Windows only", "%s",
		    sm_os_platform_arch_name(f->arch));
	else
		set(out, good ? INST_DOCTOR_PASS : INST_DOCTOR_FAIL,
		    "there are packages for x86_64, i386 and aarch64", "%s",
		    sm_os_platform_arch_name(f->arch));
}

static void judge_powershell(const struct inst_doctor_facts *f,
			     const struct row *r,
			     struct inst_doctor_finding *out)
{
	SM_UNUSED(r);
	if (f->platform != SM_PLATFORM_WINDOWS)
		return;
	if (!f->powershell)
		set(out, INST_DOCTOR_WARN, "PowerShell 3.0 or newer is needed",
		    "version unknown");
	else if (compare(f->powershell, "3.0") < 0)
		set(out, INST_DOCTOR_FAIL, "install PowerShell 3.0 or newer",
		    "PowerShell %s", f->powershell);
	else if (compare(f->powershell, "5.0") < 0)
		set(out, INST_DOCTOR_WARN,
		    "PowerShell 5 or newer is advised for the terminal",
		    "PowerShell %s", f->powershell);
	else
		set(out, INST_DOCTOR_PASS, "", "PowerShell %s", f->powershell);
}

static void judge_cli(const struct inst_doctor_facts *f, const struct row *r,
		      struct inst_doctor_finding *out)
{
	if (!f->cli)
		set(out, INST_DOCTOR_WARN,
		    "install the AWS CLI 1.16.12 or newer to start sessions "
		    "from the command line",
		    "no 'aws' on PATH");
	else if (!f->cli_version)
		set(out, INST_DOCTOR_WARN, "'aws --version' says no version",
		    "%s", f->cli);
	else if (compare(f->cli_version, r->minimum) < 0)
		set(out, INST_DOCTOR_FAIL,
		    "update the AWS CLI to 1.16.12 or "
		    "newer",
		    "%s, version %s", f->cli, f->cli_version);
	else
		set(out, INST_DOCTOR_PASS, "", "%s, version %s", f->cli,
		    f->cli_version);
}

static void judge_plugin(const struct inst_doctor_facts *f, const struct row *r,
			 struct inst_doctor_finding *out)
{
	SM_UNUSED(r);
	if (!f->plugin && f->plugin_off_path)
		set(out, INST_DOCTOR_FAIL,
		    "add its directory to PATH, and open a new terminal",
		    "%s is not on PATH", f->plugin_off_path);
	else if (!f->plugin)
		set(out, INST_DOCTOR_FAIL,
		    "install it: session-manager-installer install",
		    "no 'session-manager-plugin' on PATH");
	else if (f->plugins && f->plugins[0])
		set(out, INST_DOCTOR_WARN,
		    "only the first is used; remove the others", "%s, also %s",
		    f->plugin, f->plugins);
	else
		set(out, INST_DOCTOR_PASS, "", "%s", f->plugin);
}

static void judge_minimum(const struct inst_doctor_facts *f,
			  const struct row *r, struct inst_doctor_finding *out)
{
	SM_UNUSED(r);
	if (!f->plugin || !f->minimum)
		return;
	if (!f->plugin_version)
		set(out, INST_DOCTOR_FAIL, "install the plugin again",
		    "'%s --version' says no version", f->plugin);
	else if (compare(f->plugin_version, f->minimum) < 0)
		set(out, INST_DOCTOR_FAIL,
		    "update it: session-manager-installer update",
		    "version %s; %s is the oldest supported", f->plugin_version,
		    f->minimum);
	else
		set(out, INST_DOCTOR_PASS, "",
		    "version %s; %s is the oldest supported", f->plugin_version,
		    f->minimum);
}

static void judge_newest(const struct inst_doctor_facts *f, const struct row *r,
			 struct inst_doctor_finding *out)
{
	SM_UNUSED(r);
	if (!f->plugin || !f->plugin_version || !f->newest)
		return;
	set(out,
	    compare(f->plugin_version, f->newest) < 0 ? INST_DOCTOR_WARN :
							INST_DOCTOR_PASS,
	    "update it: session-manager-installer update",
	    "version %s; %s is the newest known", f->plugin_version, f->newest);
}

static void judge_sudo(const struct inst_doctor_facts *f, const struct row *r,
		       struct inst_doctor_finding *out)
{
	SM_UNUSED(r);
	if (f->sudo_path == INST_DOCTOR_UNKNOWN || !f->link_dir)
		return;
	set(out,
	    f->sudo_path == INST_DOCTOR_YES ? INST_DOCTOR_PASS :
					      INST_DOCTOR_WARN,
	    "add it to secure_path in /etc/sudoers, or use -b with a directory "
	    "that is in it, such as /usr/bin",
	    "%s is %sin sudo's secure_path", f->link_dir,
	    f->sudo_path == INST_DOCTOR_YES ? "" : "not ");
}

static void judge_logs(const struct inst_doctor_facts *f, const struct row *r,
		       struct inst_doctor_finding *out)
{
	SM_UNUSED(r);
	if (!f->log_dir || f->log_writable == INST_DOCTOR_UNKNOWN)
		return;
	set(out,
	    f->log_writable == INST_DOCTOR_YES ? INST_DOCTOR_PASS :
						 INST_DOCTOR_WARN,
	    "to log as this user, name a directory of your own in seelog.xml",
	    "%s is %swritable", f->log_dir,
	    f->log_writable == INST_DOCTOR_YES ? "" : "not ");
}

/* --- the network ---------------------------------------------------------- */

/*
 * What a failure's text says of its cause. The texts are libcurl's and
 * OpenSSL's, of the versions that are linked in; the first row that fits
 * counts. `sure`: it fails whether or not other hosts answer.
 */
static const struct cause {
	const char *text;
	bool sure;
	const char *advice;
} causes[] = {
	{ "response 407", true,
	  "name user and password of the proxy: "
	  "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT" },
	{ "CONNECT tunnel failed", true,
	  "the proxy refuses it: have it allow CONNECT to port 443 of this "
	  "host" },
	{ "wrong version number", true,
	  "what answers does not speak TLS: log in at the portal of this "
	  "network, or correct HTTPS_PROXY" },
	{ "has expired", true,
	  "set the clock of this machine; if it is right, something between "
	  "here and AWS shows an old certificate" },
	{ "not yet valid", true,
	  "set the clock of this machine; if it is right, something between "
	  "here and AWS shows a certificate of the future" },
	{ "cannot use ", true,
	  "name a file that is there, or unset the variable" },
	{ "resolve proxy", true, "correct HTTPS_PROXY" },
	{ "resolve host", false,
	  "correct the region or the name server; where only a proxy resolves "
	  "names, set HTTPS_PROXY" },
	{ "", false,
	  "allow outbound port 443 to it, set HTTPS_PROXY, or make an interface "
	  "VPC endpoint" },
};

static const struct cause *cause_of(const char *text)
{
	const struct cause *c = causes;

	while (!strstr(text, c->text)) /* the last row fits all */
		c++;
	return c;
}

/* One host that fails while another answers is blocked; none is no network. */
static void judge_host(const struct inst_doctor_facts *f, const struct row *r,
		       struct inst_doctor_finding *out)
{
	const struct inst_doctor_reach *h = &f->host[r->host];
	const struct cause *c = cause_of(h->text ? h->text : "");
	bool any = false;
	size_t i;

	if (!h->url || h->reached == INST_DOCTOR_UNKNOWN)
		return;
	for (i = 0; i < INST_DOCTOR_HOSTS; i++)
		any = any || f->host[i].reached == INST_DOCTOR_YES;
	if (h->reached == INST_DOCTOR_YES)
		set(out, INST_DOCTOR_PASS, "", "%s answers%s%s", h->url,
		    f->proxy ? " through " : "", f->proxy ? f->proxy : "");
	else if (h->refused && !c->sure)
		set(out, INST_DOCTOR_FAIL,
		    "something between here and AWS shows a certificate that "
		    "is not trusted; name its root in AWS_CA_BUNDLE",
		    "%s", h->text ? h->text : h->url);
	else
		set(out, any || c->sure ? INST_DOCTOR_FAIL : INST_DOCTOR_WARN,
		    c->advice, "%s", h->text ? h->text : h->url);
}

static void judge_roots(const struct inst_doctor_facts *f, const struct row *r,
			struct inst_doctor_finding *out)
{
	SM_UNUSED(r);
	if (f->roots_known == INST_DOCTOR_UNKNOWN)
		return;
	if (f->roots && f->roots[0])
		set(out, INST_DOCTOR_PASS, "", "%s", f->roots);
	else
		set(out, INST_DOCTOR_FAIL,
		    "install ca-certificates, or name a file with Amazon Root "
		    "CA 1 in AWS_CA_BUNDLE",
		    "%s",
		    f->roots_error ? f->roots_error :
				     "none of AWS's roots is trusted");
}

/* --- the managed node ----------------------------------------------------- */

#define BITS_32 1U
#define BITS_64 2U

/* What the guide lists, oldest and newest; "" where the list is open. */
static const struct {
	const char *os, *from, *to;
	unsigned bits;
} nodes[] = {
	{ "amzn", "2", "2", BITS_64 },
	{ "amzn", "2014.3", "2014.9", BITS_32 | BITS_64 },
	{ "amzn", "2015.3", "", BITS_64 | BITS_32 },
	{ "ubuntu", "12.4", "18.4", BITS_32 | BITS_64 },
	{ "rhel", "6.0", "6.4", BITS_64 },
	{ "rhel", "6.5", "6.5", BITS_32 | BITS_64 },
	{ "rhel", "7.4", "", BITS_64 },
	{ "centos", "6.3", "7.0", BITS_32 | BITS_64 },
	{ "centos", "7.1", "", BITS_64 },
	{ "sles", "12", "", BITS_64 },
	{ "raspbian", "8", "9", BITS_32 },
	{ "windows", "6.1", "", BITS_64 | BITS_32 },
};

static unsigned bits_of(enum sm_platform p, const char *os, enum sm_arch arch)
{
	SM_UNUSED(p);
	/* Raspbian is a 32-bit system whatever the kernel says */
	if (!strcmp(os, "raspbian"))
		return BITS_32;
	return arch == SM_ARCH_I386 || arch == SM_ARCH_OTHER ? BITS_32 :
							       BITS_64;
}

enum inst_doctor_grade inst_doctor_node(enum sm_platform p, enum sm_arch arch,
					const char *os, const char *version)
{
	unsigned bits;
	bool listed = false, newer = true;
	size_t i;

	if (!os || !version || !version[0])
		return INST_DOCTOR_WARN;
	bits = bits_of(p, os, arch);
	for (i = 0; i < SM_ARRAY_LEN(nodes); i++) {
		if (strcmp(nodes[i].os, os) != 0)
			continue;
		listed = true;
		if (compare(version, nodes[i].from) >= 0 &&
		    (!nodes[i].to[0] || compare(version, nodes[i].to) <= 0) &&
		    (nodes[i].bits & bits))
			return INST_DOCTOR_PASS;
		newer = newer && nodes[i].to[0] &&
			compare(version, nodes[i].to) > 0 &&
			(nodes[i].bits & bits);
	}
	if (!listed)
		return INST_DOCTOR_WARN;
	return newer ? INST_DOCTOR_PASS : INST_DOCTOR_FAIL;
}

static void judge_node(const struct inst_doctor_facts *f, const struct row *r,
		       struct inst_doctor_finding *out)
{
	enum inst_doctor_grade g;

	SM_UNUSED(r);
	if (!f->agent)
		return;
	g = f->nano ? INST_DOCTOR_FAIL :
		      inst_doctor_node(f->platform, f->arch, f->os,
				       f->os_version);
	set(out, g,
	    g == INST_DOCTOR_WARN ?
		    "the guide does not list it for managed nodes" :
		    "use a system that the guide lists for managed nodes",
	    "%s %s as a managed node", f->os ? f->os : "unknown system",
	    f->os_version ? f->os_version : "");
}

static void judge_agent(const struct inst_doctor_facts *f, const struct row *r,
			struct inst_doctor_finding *out)
{
	bool first = !strcmp(r->name, "agent-sessions");

	if (!f->agent)
		return;
	if (!f->agent_version && !first)
		return;
	if (!f->agent_version)
		set(out, INST_DOCTOR_WARN,
		    "'amazon-ssm-agent -version' says no version", "%s",
		    f->agent);
	else if (compare(f->agent_version, r->minimum) < 0)
		set(out, first ? INST_DOCTOR_FAIL : INST_DOCTOR_WARN,
		    "update the agent", "agent %s; %s needs %s",
		    f->agent_version, r->what, r->minimum);
	else
		set(out, INST_DOCTOR_PASS, "", "agent %s; %s needs %s",
		    f->agent_version, r->what, r->minimum);
}

/* Agents from this one on make ssm-user at the first session, not at start. */
#define SSM_USER_LATE "2.3.612.0"

static void judge_ssm_user(const struct inst_doctor_facts *f,
			   const struct row *r, struct inst_doctor_finding *out)
{
	bool late = f->agent_version &&
		    compare(f->agent_version, SSM_USER_LATE) >= 0;

	SM_UNUSED(r);
	if (!f->agent || f->ssm_user == INST_DOCTOR_UNKNOWN)
		return;
	if (f->ssm_user == INST_DOCTOR_NO)
		set(out, INST_DOCTOR_WARN,
		    late ? "the agent makes it at the first session" :
			   "the agent makes it when it starts; restart it",
		    "no account 'ssm-user'");
	else if (f->ssm_user_sudo == INST_DOCTOR_NO)
		set(out, INST_DOCTOR_WARN,
		    "sessions have no root rights; restore the agent's file in "
		    "/etc/sudoers.d if they should",
		    "account 'ssm-user' without an entry in sudoers");
	else
		set(out, INST_DOCTOR_PASS, "", "account 'ssm-user'%s",
		    f->ssm_user_sudo == INST_DOCTOR_YES ?
			    " with an entry in sudoers" :
			    "");
}

static const struct row rows[] = {
	{ "system", GUIDE, judge_system, NULL, NULL, 0 },
	{ "architecture", GUIDE, judge_arch, NULL, NULL, 0 },
	{ "powershell", GUIDE_2018, judge_powershell, NULL, NULL, 0 },
	{ "aws-cli", GUIDE, judge_cli, NULL, "1.16.12", 0 },
	{ "plugin", GUIDE, judge_plugin, NULL, NULL, 0 },
	{ "plugin-minimum", HISTORY, judge_minimum, NULL, NULL, 0 },
	{ "plugin-newest", HISTORY, judge_newest, NULL, NULL, 0 },
	{ "sudo-path", "observed on Enterprise Linux", judge_sudo, NULL, NULL,
	  0 },
	{ "log-directory", GUIDE, judge_logs, NULL, NULL, 0 },
	{ "endpoint-ssm", GUIDE, judge_host, NULL, NULL, INST_DOCTOR_SSM },
	{ "endpoint-ssmmessages", GUIDE, judge_host, NULL, NULL,
	  INST_DOCTOR_SSMMESSAGES },
	{ "endpoint-ec2messages", GUIDE, judge_host, NULL, NULL,
	  INST_DOCTOR_EC2MESSAGES },
	{ "trusted-roots", GUIDE, judge_roots, NULL, NULL, 0 },
	{ "managed-node", GUIDE_2022, judge_node, NULL, NULL, 0 },
	{ "agent-sessions", GUIDE, judge_agent, "a session", "2.3.68.0", 0 },
	{ "agent-ssm-user", GUIDE, judge_agent, "the account ssm-user",
	  "2.3.50.0", 0 },
	{ "agent-encryption", GUIDE, judge_agent, "KMS encryption", "2.3.539.0",
	  0 },
	{ "agent-forwarding", GUIDE, judge_agent, "port forwarding and SSH",
	  "2.3.672.0", 0 },
	{ "agent-profiles", GUIDE, judge_agent, "shell profiles", "3.0.161.0",
	  0 },
	{ "agent-streaming", GUIDE, judge_agent, "streaming to CloudWatch Logs",
	  "3.0.284.0", 0 },
	{ "ssm-user", GUIDE, judge_ssm_user, NULL, NULL, 0 },
};

const char *inst_doctor_grade_name(enum inst_doctor_grade g)
{
	static const char *const name[] = { "none", "pass", "warn", "fail" };

	return name[g];
}

size_t inst_doctor_count(void)
{
	return SM_ARRAY_LEN(rows);
}

void inst_doctor_judge(const struct inst_doctor_facts *f, size_t i,
		       struct inst_doctor_finding *out)
{
	memset(out, 0, sizeof(*out));
	out->name = rows[i].name;
	out->source = rows[i].source;
	out->advice = "";
	rows[i].judge(f, &rows[i], out);
}

const char *inst_doctor_version(struct sm_arena *a, struct sm_str text)
{
	struct sm_version v;
	size_t from, n;

	for (from = 0; from < text.len; from += n ? n : 1) {
		n = 0;
		while (from + n < text.len &&
		       memchr("0123456789.", text.ptr[from + n], 11))
			n++;
		while (n && text.ptr[from + n - 1] == '.')
			n--; /* the end of a sentence */
		if (sm_version_parse(&v, sm_str_sub(text, from, n)) == 0 &&
		    v.n > 1)
			return sm_arena_dup(a, sm_str_sub(text, from, n));
	}
	return NULL;
}
