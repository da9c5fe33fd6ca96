"""The one settings file; everything that differs between installations comes from the environment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from navab_site import env
from navab_site.navigation import navigation

BASE_DIR = Path(__file__).resolve().parent.parent
env.load_file(BASE_DIR / ".env")
DATA_DIR = env.folder("NAVAB_DATA_DIR", BASE_DIR / "var")

DEBUG = env.flag("DJANGO_DEBUG", default=False)
SECRET_KEY = env.text("DJANGO_SECRET_KEY")
ALLOWED_HOSTS = env.items("DJANGO_ALLOWED_HOSTS", "127.0.0.1,localhost")
CSRF_TRUSTED_ORIGINS = env.items("DJANGO_CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "navab_site.apps.FlowAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "csp",
    "knox",
    "annotation",
    "evaluation",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "navab_site.middleware.PathCSPMiddleware",
]

ROOT_URLCONF = "navab_site.urls"
WSGI_APPLICATION = "navab_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "navab_site.navigation.curation",
            ]
        },
    }
]

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'navab.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hans", "中文"), ("en", "English"), ("fr", "français"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # the server of static files wants it to be there, if only empty
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if env.flag("DJANGO_HTTPS", default=False):
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "evaluation.api.tokens.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.DjangoModelPermissions"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
    # No browsable pages: they need inline scripts, and their forms would list rows of other nations.
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"anon": "60/min", "user": "600/min"},
}
REST_KNOX = {"TOKEN_PREFIX": "navab-", "TOKEN_TTL": timedelta(days=90), "TOKEN_LIMIT_PER_USER": 10}
SPECTACULAR_SETTINGS = {
    "TITLE": "NaVAB",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Columns of one name have other choices in other tables.
    "ENUM_NAME_OVERRIDES": {
        "ReleaseStatus": "annotation.lifecycle.ReleaseStatus",
        "EvalRunStatus": "evaluation.models.run.EvalRun.Status",
        "SubmissionStatus": "evaluation.models.submission.Submission.Status",
    },
}

UNFOLD = {
    "SITE_TITLE": "NaVAB",
    "SITE_HEADER": "NaVAB",
    "SITE_SUBHEADER": "National values, documented",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("navab.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("navab.svg")},
    ],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "STYLES": [lambda request: static("admin.css")],
    "SIDEBAR": {"show_search": True, "navigation": navigation},
    "COMMAND": {"search_models": False},
}

# Engines: the embedded rules unless an OpenAI-compatible endpoint is named.
OPENAI_BASE_URL = env.web_address("OPENAI_BASE_URL", "")
OPENAI_API_KEY = env.text("OPENAI_API_KEY", "")
NAVAB_ENDPOINT_HOSTS = env.items("NAVAB_ENDPOINT_HOSTS")
NAVAB_ENDPOINT_KEYS = env.bound_hosts("NAVAB_ENDPOINT_KEYS")
NAVAB_HOLDOUT_HOSTS = env.items("NAVAB_HOLDOUT_HOSTS")
NAVAB_MODEL = env.text("NAVAB_MODEL", "")
NAVAB_MODELS = {
    task: env.text(f"NAVAB_MODEL_{task.upper()}", NAVAB_MODEL)
    for task in ("topics", "screening", "statements", "attribution", "conflicts", "triples", "judge")
}
NAVAB_EMBEDDER = env.text("NAVAB_EMBEDDER", "embedded")
NAVAB_EMBEDDING_MODEL = env.text("NAVAB_EMBEDDING_MODEL", "")
NAVAB_ENGINE = env.text("NAVAB_ENGINE", "rules")
NAVAB_CONCURRENCY = env.number("NAVAB_CONCURRENCY", 16, low=1, high=256)
NAVAB_REPLY_CACHE = env.flag("NAVAB_REPLY_CACHE", default=True)
NAVAB_ABLATION = env.flag("NAVAB_ABLATION", default=False)
NAVAB_TOKEN_BUDGET = env.number("NAVAB_TOKEN_BUDGET", 0, high=10**15)
NAVAB_MONEY_BUDGET = env.decimal("NAVAB_MONEY_BUDGET")
NAVAB_PRICE_IN = env.decimal("NAVAB_PRICE_IN")
NAVAB_PRICE_OUT = env.decimal("NAVAB_PRICE_OUT")
if NAVAB_MONEY_BUDGET and not (NAVAB_PRICE_IN or NAVAB_PRICE_OUT):
    raise ImproperlyConfigured(
        "NAVAB_MONEY_BUDGET is set, so NAVAB_PRICE_IN and NAVAB_PRICE_OUT must be too."
    )
if NAVAB_ENGINE not in {"rules", "openai"}:
    raise ImproperlyConfigured(f"NAVAB_ENGINE is {NAVAB_ENGINE!r}; it must be rules or openai.")
if NAVAB_EMBEDDER not in {"embedded", "openai", "sentence-transformers"}:
    raise ImproperlyConfigured(
        f"NAVAB_EMBEDDER is {NAVAB_EMBEDDER!r}; it must be embedded, openai or sentence-transformers."
    )
if (NAVAB_EMBEDDER == "embedded") == bool(NAVAB_EMBEDDING_MODEL):
    raise ImproperlyConfigured(
        f"NAVAB_EMBEDDER is {NAVAB_EMBEDDER} and NAVAB_EMBEDDING_MODEL is "
        f"{NAVAB_EMBEDDING_MODEL or 'empty'}; openai and sentence-transformers need a model, "
        "embedded has none."
    )
if NAVAB_EMBEDDER == "openai" and not OPENAI_BASE_URL:
    raise ImproperlyConfigured("NAVAB_EMBEDDER is openai, so OPENAI_BASE_URL must be set.")
if NAVAB_ENGINE == "openai" and not all(NAVAB_MODELS.values()):
    raise ImproperlyConfigured("NAVAB_ENGINE is openai, so NAVAB_MODEL must name a model.")

# Mails to annotators
EMAIL_HOST = env.text("NAVAB_MAIL_HOST", "")
EMAIL_PORT = env.number("NAVAB_MAIL_PORT", 587, low=1, high=65535)
EMAIL_HOST_USER = env.text("NAVAB_MAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("NAVAB_MAIL_PASSWORD", "")
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("NAVAB_MAIL_FROM", "navab@localhost")

# Label Studio
LABEL_STUDIO_WEBHOOK_SECRET = env.text("LABEL_STUDIO_WEBHOOK_SECRET", "")
# One for all nations, and those that have one of their own: code to (address, key).
LABEL_STUDIO_SERVERS = env.studio_servers("LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY")
NAVAB_PUBLIC_URL = env.web_address("NAVAB_PUBLIC_URL", "http://127.0.0.1:8000")
NAVAB_PUBLISHER = env.text("NAVAB_PUBLISHER", "")  # who is cited for releases made here
if LABEL_STUDIO_SERVERS and not LABEL_STUDIO_WEBHOOK_SECRET:
    raise ImproperlyConfigured("LABEL_STUDIO_URL is set, so LABEL_STUDIO_WEBHOOK_SECRET must be set too.")

RELEASES_DIR = Path(env.text("NAVAB_RELEASES_DIR", str(DATA_DIR / "releases"))).absolute()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    # At DEBUG it writes down the headers of every call, with the cookies and keys in them.
    "loggers": {"httpcore": {"level": "INFO"}},
    "root": {"handlers": ["console"], "level": env.text("NAVAB_LOG_LEVEL", "WARNING").upper()},
}
