/* sign: the vector of the Standard Webhooks, keys in all forms, and what is no key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "spoold/alert/sign.h"

/* Of the specification's reference libraries. */
static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static const char body[] = "{\"test\": 2432232314}";
static const char expected[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

static void the_vector(void **state)
{
    struct sign_key key;
    char signature[SIGN_CAP];
    (void)state;
    assert_null(sign_key_of(&key, secret, strlen(secret)));
    assert_int_equal(key.n, 24);
    assert_true(sign_message(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, strlen(body),
                             signature));
    assert_string_equal(signature, expected);
    assert_null(sign_key_of(&key, secret + 6, strlen(secret + 6)));
    assert_true(sign_message(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265331, body, strlen(body),
                             signature));
    assert_string_not_equal(signature, expected); /* the time is signed, too */
    assert_true(sign_message(&key, "msg_p5jXN8AQM9LWM0D4loKWxJeK", 1614265330, body, strlen(body),
                             signature));
    assert_string_not_equal(signature, expected); /* and the id */
}

/* RFC 4231, cases 1, 2 and 6. */
static void hmac(void **state)
{
    static const struct {
        const char *key, *text;
        int repeated; /* how often the key's byte is there; 0: as it stands */
        unsigned char first[4];
    } cases[] = {
        {"\x0b", "Hi There", 20, {0xb0, 0x34, 0x4c, 0x61}},
        {"Jefe", "what do ya want for nothing?", 0, {0x5b, 0xdc, 0xc1, 0x46}},
        {"\xaa",
         "Test Using Larger Than Block-Size Key - Hash Key First",
         131,
         {0x60, 0xe4, 0x31, 0x59}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char key[131], mac[SHA256_RAW];
        size_t n = cases[i].repeated ? (size_t)cases[i].repeated : strlen(cases[i].key);
        memset(key, cases[i].key[0], sizeof key);
        if (!cases[i].repeated)
            memcpy(key, cases[i].key, n);
        sha256_hmac(key, n, cases[i].text, strlen(cases[i].text), mac);
        assert_memory_equal(mac, cases[i].first, 4);
    }
}

static void what_is_no_key(void **state)
{
    static const char *const wrong[] = {
        "",
        "whsec_",
        "whsec_c2hvcnQ=",                      /* 5 bytes */
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",     /* a character is missing */
        "MfKQ9r8GKYqrTwjU=D8ILPZIo2LaLaSw",    /* padding within */
        "MfKQ9r8GKYqrTwjU PD8ILPZIo2LaLaw",    /* a blank */
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS\xc3", /* no ASCII */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAA"}; /* 72 bytes */
    struct sign_key key;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (!sign_key_of(&key, wrong[i], strlen(wrong[i])))
            fail_msg("%s was taken", wrong[i]);
        assert_int_equal(key.n, 0);
    }
}

/* 16 to 18 bytes: one, two and no padding. */
static void padding(void **state)
{
    static const char *const texts[] = {
        "AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0ODxA=", "AAECAwQFBgcICQoLDA0ODxAR"};
    struct sign_key key;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_null(sign_key_of(&key, texts[i], strlen(texts[i])));
        assert_int_equal(key.n, 16 + i);
        for (size_t k = 0; k < key.n; k++)
            assert_int_equal(key.bytes[k], k);
    }
}

static void files(void **state)
{
    char path[] = "/tmp/pdfspool-key-XXXXXX";
    struct sign_key key;
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(dprintf(fd, "%s\n", secret), (int)strlen(secret) + 1);
    assert_int_equal(fchmod(fd, 0640), 0);
    assert_null(sign_load(&key, path));
    assert_int_equal(key.n, 24);
    assert_int_equal(fchmod(fd, 0644), 0);
    assert_non_null(strstr(sign_load(&key, path), "others may read it"));
    close(fd);
    unlink(path);
    assert_non_null(sign_load(&key, path));
    assert_non_null(sign_load(&key, "/tmp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector), cmocka_unit_test(hmac),  cmocka_unit_test(what_is_no_key),
        cmocka_unit_test(padding),    cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
