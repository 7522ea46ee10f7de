/* python3.dll, which libraries for any Python 3 import: every function of it leads to python311.dll (see setup.sh). */
int __stdcall DllMainCRTStartup(void *instance, unsigned reason, void *reserved) { return 1; }
