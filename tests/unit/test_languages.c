/*
 * Which models there are, which are wanted, and what language a text is in.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "extractd/parser/languages.h"

static void make_file(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static struct languages some(const char *const *names)
{
    struct languages l = {.osd = true};
    for (; *names; names++)
        snprintf(l.names[l.count++], LANGUAGES_NAME, "%s", *names);
    return l;
}

static const char *const usual[] = {"chi_sim", "deu", "eng", "fra", "ita",
                                    "rus",     "spa", "ukr", NULL};

static void listing(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_languages.XXXXXX", scripts[64];
    static const char *const files[] = {
        "eng.traineddata", "deu.traineddata", "osd.traineddata",         "equ.traineddata",
        "pdf.ttf",         ".traineddata",    "script/Latin.traineddata"};
    struct languages l;
    assert_non_null(mkdtemp(folder));
    snprintf(scripts, sizeof scripts, "%s/script", folder);
    assert_int_equal(mkdir(scripts, 0700), 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        make_file(folder, files[i]);
    assert_int_equal(languages_installed(folder, &l), 0);
    assert_int_equal(l.count, 3);
    assert_true(l.osd);
    assert_string_equal(l.names[0], "deu");
    assert_true(languages_have(&l, "script/Latin"));
    assert_false(languages_have(&l, "osd"));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(scripts);
    rmdir(folder);
    assert_int_equal(languages_installed(folder, &l), -1);
}

static void choosing(void **state)
{
    (void)state;
    struct languages l = some(usual);
    char out[LANGUAGES_CAP], missing[LANGUAGES_NAME];
    assert_int_equal(languages_choose(&l, "deu+eng", out, missing), LANGUAGES_OK);
    assert_string_equal(out, "deu+eng");
    assert_int_equal(languages_choose(&l, "deu+deu", out, missing), LANGUAGES_OK);
    assert_string_equal(out, "deu");
    assert_int_equal(languages_choose(&l, "auto", out, missing), LANGUAGES_OK);
    assert_string_equal(out, "eng");
    assert_int_equal(languages_choose(&l, "deu+nld", out, missing), LANGUAGES_MISSING);
    assert_string_equal(missing, "nld");
    static const char *const bad[] = {"",
                                      "+",
                                      "../eng",
                                      "deu eng",
                                      "script/../eng",
                                      "script/",
                                      "deu+eng+fra+ita",
                                      "a_name_that_is_far_too_long_for_a_model"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(languages_choose(&l, bad[i], out, missing), LANGUAGES_BAD);
    l.count = 0;
    assert_int_equal(languages_choose(&l, "auto", out, missing), LANGUAGES_MISSING);
}

static void scripts(void **state)
{
    (void)state;
    struct languages l = some(usual);
    char out[LANGUAGES_CAP];
    assert_int_equal(languages_of_script(&l, "Cyrillic", out), 2);
    assert_string_equal(out, "rus+ukr");
    assert_int_equal(languages_of_script(&l, "Han", out), 1);
    assert_string_equal(out, "chi_sim");
    assert_int_equal(languages_of_script(&l, "Latin", out), LANGUAGES_AT_ONCE);
    assert_string_equal(out, "eng+deu+fra");
    assert_int_equal(languages_of_script(&l, "Thai", out), 0);
    assert_string_equal(out, "");
}

static void is_in(const char *text, const char *languages)
{
    struct languages_guess g;
    languages_guess(text, strlen(text), &g);
    if (strcmp(g.languages, languages) != 0)
        print_error("%s: %s, not %s (%.2f)\n", text, g.languages, languages, (double)g.share);
    assert_string_equal(g.languages, languages);
}

static void guessing(void **state)
{
    (void)state;
    is_in("All human beings are born free and equal in dignity and rights. They are endowed with "
          "reason and conscience and should act towards one another in a spirit of brotherhood.",
          "eng");
    is_in("Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft "
          "und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.",
          "deu");
    is_in("Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués "
          "de raison et de conscience et doivent agir les uns envers les autres dans un esprit de "
          "fraternité.",
          "fra");
    is_in("Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como "
          "están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.",
          "spa");
    is_in("Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati "
          "di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di "
          "fratellanza, come è scritto nella dichiarazione della assemblea.",
          "ita");
    is_in("Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены "
          "разумом и совестью и должны поступать так, чтобы это было для всех.",
          "rus");
}

static void a_wrong_model_still_tells(void **state)
{
    (void)state;
    /* what the English model made of German and French */
    is_in("Alle Menschen sind frei und gleich an Wiirde und Rechten geboren. Sie sind mit Vernunft "
          "und Gewissen begabt und sollen einander im Geist der Briiderlichkeit begegnen. Jeder "
          "hat das Recht auf Leben und Freiheit.",
          "deu");
    is_in("Tous les étres humains naissent libres et égaux en dignité et en droits. lls sont doués "
          "de raison et de conscience et doivent agir les uns envers les autres dans un esprit.",
          "fra");
}

static void no_language(void **state)
{
    (void)state;
    is_in("", "");
    is_in("4711 0815 12.30 99,5 %", "");
    is_in("ee i oo a 1 | l_ x eae ~ oe ii a e i o u e a o i", "");
    is_in("Acme Widget Foobar Lorem Quux Gizmo Spanner Bolt", "");
    /* Chinese with a few English words in it is not English */
    is_in("请在 the 终端 and 输入，然后 of 重新，启动。系统，会 to 自动，更新。软件，包 in "
          "列表，下载，"
          "完成 "
          "is，安装，配置，文件，目录，用户，密码，网络，连接，服务器，数据库，备份，恢复，日志，"
          "错误，警告，信息，调试，打开浏览器输入地址按下回车等待页面加载完成之后选择需要的语言然后"
          "点击下一步"
          "继续安装过程直到看见成功的提示为止如果失败请检查网络连接是否正常再次尝试",
          "");
    const char broken[] = "der die und das \xf0\x9f von \xc3";
    struct languages_guess g;
    languages_guess(broken, sizeof broken - 1, &g); /* reads no byte beyond */
}

static bool advised(const struct languages *l, const char *text, const char *script,
                    const char *loaded, char out[LANGUAGES_CAP])
{
    struct languages_evidence e = {text, strlen(text), script, script ? 3.0f : 0, loaded, false};
    return languages_advise(l, &e, out);
}

/* A page amid others of its document. */
static bool advised_amid(const struct languages *l, const char *text, const char *loaded,
                         char out[LANGUAGES_CAP])
{
    struct languages_evidence e = {text, strlen(text), NULL, 0, loaded, true};
    return languages_advise(l, &e, out);
}

static void served(void **state)
{
    (void)state;
    assert_true(languages_serve("deu+eng", "Latin"));
    assert_true(languages_serve("rus", "Cyrillic"));
    assert_true(languages_serve("eng+script/Cyrillic", "Cyrillic"));
    assert_false(languages_serve("eng", "Cyrillic"));
    assert_false(languages_serve("eng", "Devanagari"));
    assert_true(languages_serve("eng", "Nowhere"));
}

static void advice(void **state)
{
    (void)state;
    static const char german[] =
        "der Mann und die Frau sind mit dem Kind in das Haus gegangen, weil "
        "es nicht mehr auf sie warten konnte und das ist gut";
    struct languages l = some(usual);
    char out[LANGUAGES_CAP];
    assert_true(advised(&l, german, NULL, "eng", out));
    assert_string_equal(out, "deu");
    assert_true(advised_amid(&l, german, "eng", out));
    assert_string_equal(out, "eng+deu");
    assert_false(advised_amid(&l, german, "eng+deu", out));
    /* too few of its words to leave what was right before */
    char thin[1200] = "";
    for (int i = 0; i < 60; i++)
        strcat(thin, i < 9 ? "nicht " : "Quartz ");
    assert_true(advised(&l, thin, NULL, "eng", out));
    assert_false(advised_amid(&l, thin, "eng", out));
    assert_false(advised(&l, german, NULL, "deu+eng", out)); /* it is loaded */
    assert_string_equal(out, "");
    assert_true(advised(&l, "", "Cyrillic", "eng", out));
    assert_string_equal(out, "rus+ukr");
    assert_false(advised(&l, "", "Cyrillic", "rus", out));
    assert_false(advised(&l, "", "Thai", "eng", out)); /* none is installed */
    assert_false(advised(&l, "", "Latin", "eng", out));
    assert_false(advised(&l, "", NULL, "eng", out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listing),     cmocka_unit_test(choosing),
        cmocka_unit_test(scripts),     cmocka_unit_test(guessing),
        cmocka_unit_test(no_language), cmocka_unit_test(a_wrong_model_still_tells),
        cmocka_unit_test(advice),      cmocka_unit_test(served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
